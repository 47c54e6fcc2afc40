using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Loops;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Tests.Udp;

/// <summary>A UDP socket of a loop, which keeps what it receives.</summary>
internal sealed class BoundSocket : Observed, IPollTarget, IDisposable
{
    public const int BufferBytes = 4 * 1024 * 1024;

    private readonly TestLoop _loop;
    private readonly List<(NetworkAddress Sender, byte[] Bytes)> _received = [];
    private long _token;

    public BoundSocket(TestLoop loop, IPAddress address)
        : this(loop, () => loop.Loop.Sockets.Bind(new IPEndPoint(address, 0), BufferBytes, sharePort: false))
    {
    }

    public BoundSocket(TestLoop loop, NetworkAddress peer)
        : this(loop, () => loop.Loop.Sockets.ConnectDatagrams(peer, BufferBytes))
    {
    }

    private BoundSocket(TestLoop loop, Func<DatagramSocket> open)
    {
        _loop = loop;
        Socket = loop.RunAsync(() =>
        {
            DatagramSocket socket = open();
            _token = loop.Loop.Watch(this, socket.Handle, PollEvents.Readable | PollEvents.Broken);
            return socket;
        }).GetAwaiter().GetResult();
    }

    public DatagramSocket Socket { get; }

    public int Port => Socket.LocalEndPoint.Port;

    /// <summary>
    /// Memory that what waits to be received takes, as Linux says it: more with each datagram, an empty one too. Elsewhere 0.
    /// </summary>
    public int WaitingBytes
    {
        get
        {
            const int SocketLevel = 1;
            const int MemoryInfo = 55;
            if (!OperatingSystem.IsLinux())
            {
                return 0;
            }

            // The first of nine numbers (SK_MEMINFO_RMEM_ALLOC).
            byte[] info = new byte[9 * sizeof(int)];
            using var view = new Socket(new SafeSocketHandle(Socket.Handle, ownsHandle: false));
            view.GetRawSocketOption(SocketLevel, MemoryInfo, info);
            return BitConverter.ToInt32(info);
        }
    }

    public SocketError Error { get; private set; }

    /// <summary>Slots in which the datagrams so far have come: fewer than datagrams, if the system joins them.</summary>
    public int Slots { get; private set; }

    public async Task<List<(NetworkAddress Sender, byte[] Bytes)>> ReceiveAsync(int count)
    {
        await UntilAsync(() => _received.Count >= count);
        lock (Gate)
        {
            return [.. _received];
        }
    }

    /// <summary>Sends on the loop, through a batch.</summary>
    public Task SendAsync(IEnumerable<(NetworkAddress To, byte[] Bytes)> datagrams) => _loop.RunAsync(() =>
    {
        var batch = new SendBatch(Socket, new UnsentDatagrams(Socket, _loop.Loop.Buffers, BufferBytes));
        foreach ((NetworkAddress to, byte[] bytes) in datagrams)
        {
            batch.To = to;
            Span<byte> datagram = batch.GetDatagram(1500)[..bytes.Length];
            bytes.CopyTo(datagram);
            batch.Commit(datagram);
        }

        batch.Flush();
    });

    public void Ready(PollEvents events)
    {
        if ((events & PollEvents.Broken) != 0)
        {
            SocketError error = Socket.TakeError();
            Change(() => Error = error);
        }

        ReceiveBatch batch = _loop.Loop.Datagrams;
        bool more;
        do
        {
            more = Socket.Receive(batch);
            var received = new List<(NetworkAddress, byte[])>();
            foreach (ReceiveBatch.Datagram datagram in batch)
            {
                received.Add((datagram.Sender, datagram.Bytes.ToArray()));
            }

            int slots = batch.Filled;
            Change(() =>
            {
                Slots += slots;
                _received.AddRange(received);
            });
        }
        while (more);
    }

    public void Faulted(Exception fault)
    {
    }

    public override string ToString() => $"{_received.Count} received, {Error}";

    public void Dispose() => _loop.RunAsync(() =>
    {
        _loop.Loop.Unwatch(Socket.Handle, _token);
        Socket.Close();
    }).Wait(HungAfter);
}
