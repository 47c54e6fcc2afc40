using Sluice.Transport.Loop;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Sockets;

/// <summary>The parts of an <see cref="EventLoop"/> that its sockets need.</summary>
public static class LoopSockets
{
    extension(EventLoop loop)
    {
        /// <summary>The socket calls that go with the loop's poller.</summary>
        internal SocketPlatform Sockets => loop.Part<SocketPlatform>();

        /// <summary>How datagrams move: what the system supports of the batching that was asked for.</summary>
        public UdpBatching UdpBatching => loop.Sockets.UdpBatching;

        /// <summary>Holds the received datagrams of the loop until they are processed.</summary>
        internal ReceiveBatch Datagrams => loop.Part(static owner => owner.Sockets.CreateReceiveBatch());
    }
}
