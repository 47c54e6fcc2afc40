using System.Net;
using Sluice.Kcp;

namespace Sluice.Transport.Tests.Kcp;

/// <summary>A session of the protocol library on a plain socket, with a clock that the test moves.</summary>
internal sealed class KcpClient : UdpPeer, IKcpOutput
{
    private readonly byte[] _out = new byte[KcpOptions.MaxDatagram];
    private readonly MemoryStream _received = new();

    public KcpClient(IPEndPoint server, uint conv = 7, KcpOptions? options = null, IPAddress? from = null)
        : base(server, from) => Session = new KcpSession(conv, options ?? KcpHost.Turbo(), new KcpContext());

    public KcpSession Session { get; }

    public long Now { get; set; }

    /// <summary>False loses a datagram on its way out.</summary>
    public Func<bool> Carries { get; set; } = () => true;

    /// <summary>False loses a datagram on its way in.</summary>
    public Func<bool> Hears { get; set; } = () => true;

    public byte[] Received => _received.ToArray();

    /// <summary>Datagrams that came, lost ones too.</summary>
    public int Heard { get; private set; }

    public int Write(ReadOnlySpan<byte> bytes)
    {
        int taken = Session.Send(bytes);
        Session.Update(Now, this);
        return taken;
    }

    /// <summary>Takes what has arrived, and answers. Returns true if there was anything.</summary>
    public bool Pump()
    {
        bool any = false;
        while (TakeDatagram() is { } datagram)
        {
            any = true;
            Heard++;
            if (Hears())
            {
                Session.Input(datagram, Now);
            }
        }

        while (Session.TryPeek(out ReadOnlyMemory<byte> bytes))
        {
            _received.Write(bytes.Span);
            Session.Consume(bytes.Length);
        }

        Session.Update(Now, this);
        return any;
    }

    Span<byte> IKcpOutput.GetDatagram(int size) => _out.AsSpan(0, size);

    void IKcpOutput.Commit(Span<byte> datagram)
    {
        if (Carries())
        {
            SendDatagram(datagram);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Session.Dispose();
            _received.Dispose();
        }

        base.Dispose(disposing);
    }
}
