using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Sockets;

namespace Sluice.Testing.Gateways;

/// <summary>A listener whose queue is full: the kernel drops further SYNs, so a dial neither succeeds nor fails.</summary>
internal sealed class HangingBackend : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _fillers = [];

    private HangingBackend()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(0);
        for (int i = 0; i < 8; i++)
        {
            var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            try
            {
                filler.Connect(_listener.LocalEndPoint!);
            }
            catch (SocketException pending) when (pending.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // Queued or already dropped: either way the queue ends up full.
            }

            _fillers.Add(filler);
        }

        // The queue is full once one connection waits in it. A dial before that would still succeed.
        Assert.True(_listener.Poll(SocketExtensions.Patience, SelectMode.SelectRead), "no connection is waiting in the queue");
    }

    public string Key => _listener.LocalEndPoint!.ToString()!;

    public static HangingBackend Start() => new();

    public void Dispose()
    {
        _fillers.ForEach(filler => filler.Dispose());
        _listener.Dispose();
    }
}
