using System.Net.Sockets;
using Sluice.Transport;

namespace Sluice.Testing.Sockets;

/// <summary>An address that neither accepts nor refuses: its queue of waiting connections is full, so the kernel drops every SYN.</summary>
internal sealed class SilentListener : IDisposable
{
    private readonly Socket _listener = RawSockets.Listen(backlog: 0);
    private readonly List<Socket> _fillers = [];

    public SilentListener()
    {
        // A queue of length 0 holds one connection. The others are for kernels that count differently.
        for (int i = 0; i < 4; i++)
        {
            var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = i == 0 };
            _fillers.Add(filler);
            try
            {
                filler.Connect(_listener.LocalEndPoint!);
            }
            catch (SocketException pending) when (pending.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
            }
        }
    }

    public NetworkAddress Address => _listener.Address();

    public void Dispose()
    {
        _fillers.ForEach(filler => filler.Dispose());
        _listener.Dispose();
    }
}
