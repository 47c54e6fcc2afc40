using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Sockets;

namespace Sluice.Transport.Tests.Kit;

/// <summary>A UDP port of 127.0.0.1 that refuses whatever comes, and that nobody else can be given meanwhile.</summary>
/// <remarks>It is bound, but connected to itself: the system finds no socket for what others send.</remarks>
internal sealed class RefusingPort : IDisposable
{
    private readonly Socket _holder = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public RefusingPort()
    {
        _holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _holder.Connect(_holder.LocalEndPoint!);
    }

    public NetworkAddress Address => _holder.Address();

    public void Dispose() => _holder.Dispose();
}
