using Sluice.Kcp.Arq;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp;

/// <summary>Packs segments into datagrams of the output, with FEC headers if that is on, and adds the parity after a full group.</summary>
internal ref struct DatagramWriter
{
    private readonly IKcpOutput _output;
    private readonly KcpCounters _counters;
    private readonly FecEncoder? _fec;
    private readonly uint _conv;
    private readonly ushort _window;
    private readonly uint _una;
    private readonly int _capacity;
    private readonly int _reserved;
    private Span<byte> _datagram;
    private int _length;

    public DatagramWriter(IKcpOutput output, KcpCounters counters, FecEncoder? fec, uint conv, ushort window, uint una, KcpOptions options)
    {
        _output = output;
        _counters = counters;
        _fec = fec;
        _conv = conv;
        _window = window;
        _una = una;
        _capacity = options.Mtu;
        _reserved = options.ReservedBytes;
        _datagram = default;
        _length = 0;
        BytesWritten = 0;
    }

    /// <summary>Bytes of all datagrams so far, including the open one, without parity.</summary>
    public int BytesWritten { get; private set; }

    /// <summary>Bytes of segments, including headers, that still fit in the open datagram.</summary>
    public readonly int Room => _capacity - (_length > 0 ? _length : Front);

    private readonly int Front => _reserved + (_fec is null ? 0 : Segment.FecOverhead);

    public void Write(byte command, byte fragment, uint timestamp, uint sequence, ReadOnlySpan<byte> payload)
    {
        int size = Segment.HeaderSize + payload.Length;
        if (_length + size > _capacity)
        {
            Finish();
        }

        if (_length == 0)
        {
            _datagram = _output.GetDatagram(_capacity);
            _length = Front;
            BytesWritten += _length;
        }

        Span<byte> target = _datagram.Slice(_length);
        Segment.Write(target, _conv, command, fragment, _window, timestamp, sequence, _una, payload.Length);
        payload.CopyTo(target.Slice(Segment.HeaderSize));
        _length += size;
        BytesWritten += size;
    }

    /// <summary>Sends the open datagram.</summary>
    public void Finish()
    {
        if (_length == 0)
        {
            return;
        }

        bool groupComplete = _fec?.Frame(_datagram.Slice(_reserved, _length - _reserved)) ?? false;
        _output.Commit(_datagram.Slice(0, _length));
        _counters.DatagramsSent++;
        _length = 0;
        while (groupComplete)
        {
            Span<byte> parity = _output.GetDatagram(_capacity);
            groupComplete = _fec!.TakeParity(parity.Slice(_reserved), out int length);
            _output.Commit(parity.Slice(0, _reserved + length));
            _counters.DatagramsSent++;
        }
    }
}
