using System.Net;
using System.Net.Sockets;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Portable;

/// <summary>poll(2) or, on Windows, WSAPoll: level-triggered, with the whole list passed at every wait.</summary>
internal sealed class PollPoller : IPoller
{
    private const int WakeIndex = 0;

    private readonly Lock _disposal = new();
    private readonly Socket _wake;
    private readonly byte[] _wakeBytes = new byte[64];
    private readonly Dictionary<long, int> _indexes = [];
    private readonly PollDescriptors _descriptors;
    private long[] _tokens = new long[16];
    private int _count;
    private int _next = 1;
    private bool _disposed;

    public PollPoller()
    {
        // A datagram socket connected to itself: the one thing that every system's poll can be woken by.
        _wake = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        _wake.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _wake.Connect(_wake.LocalEndPoint!);
        _wake.Blocking = false;
        _descriptors = OperatingSystem.IsWindows() ? new WindowsPollDescriptors() : new UnixPollDescriptors();
        Add(_wake.Handle, token: -1, PollEvents.Readable);
    }

    public void Add(nint handle, long token, PollEvents interest)
    {
        if (_count == _tokens.Length)
        {
            Array.Resize(ref _tokens, _count * 2);
        }

        _tokens[_count] = token;
        _descriptors.Set(_count, handle, interest);
        _indexes.Add(token, _count++);
    }

    public void Change(nint handle, long token, PollEvents interest) => _descriptors.Set(_indexes[token], handle, interest);

    public void Remove(nint handle, long token)
    {
        if (!_indexes.Remove(token, out int index))
        {
            return;
        }

        int last = --_count;
        if (index != last)
        {
            _descriptors.Move(last, index);
            _tokens[index] = _tokens[last];
            _indexes[_tokens[index]] = index;
        }
    }

    public int Wait(Span<PollResult> ready, int timeoutMs)
    {
        int count = _descriptors.Poll(_count, timeoutMs);
        if (count <= 0)
        {
            return count < 0 ? IPoller.Interrupted : 0;
        }

        if (_descriptors.Result(WakeIndex) != PollEvents.None)
        {
            while (_wake.Receive(_wakeBytes, SocketFlags.None, out SocketError error) > 0 && error == SocketError.Success)
            {
            }
        }

        // Begin where the last turn ended, so that a full result does not starve the end of the list.
        int filled = 0;
        int watched = _count - 1;
        for (int i = 0; i < watched && filled < ready.Length; i++)
        {
            if (_next >= _count)
            {
                _next = WakeIndex + 1;
            }

            PollEvents events = _descriptors.Result(_next);
            if (events != PollEvents.None)
            {
                ready[filled++] = new PollResult(_tokens[_next], events);
            }

            _next++;
        }

        return filled;
    }

    public bool TrySleep(int microseconds) => false;

    public void Wake()
    {
        lock (_disposal)
        {
            if (!_disposed)
            {
                _wake.Send([0], SocketFlags.None, out _);
            }
        }
    }

    public void Dispose()
    {
        lock (_disposal)
        {
            _disposed = true;
            _wake.Dispose();
        }
    }
}
