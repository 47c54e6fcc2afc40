using System.Net;
using System.Net.Sockets;

namespace Sluice.Kcp.Tests.Readme;

/// <summary>The echo of the README, word for word; a test compares the two and runs this one.</summary>
internal static class ReadmeEcho
{
    public static void Serve(Socket socket, CancellationToken stop)
    {
        // begin
        var context = new KcpContext();
        var options = new KcpOptions { NoDelay = true, Interval = 10, FastResend = 2, NoCongestionWindow = true, Fec = KcpFec.Mirror };
        var sessions = new Dictionary<SocketAddress, KcpSession>();
        var buffer = new byte[KcpOptions.MaxDatagram];
        while (!stop.IsCancellationRequested)
        {
            if (socket.Poll(1000, SelectMode.SelectRead))
            {
                var from = new SocketAddress(AddressFamily.InterNetwork);
                Span<byte> datagram = buffer.AsSpan(0, socket.ReceiveFrom(buffer, SocketFlags.None, from));
                if (!sessions.ContainsKey(from) && KcpDatagram.TryRead(datagram, out KcpDatagram first) && first.CanOpenSession)
                {
                    sessions[from] = new KcpSession(first.Conv!.Value, options, context);
                }

                sessions.GetValueOrDefault(from)?.Input(datagram, Environment.TickCount64);
            }

            foreach ((SocketAddress peer, KcpSession session) in sessions)
            {
                while (session.TryPeek(out ReadOnlyMemory<byte> bytes) && session.Send(bytes.Span) > 0)
                {
                    session.Consume(bytes.Length);
                }

                session.Update(Environment.TickCount64, new SocketOutput(socket, peer));
            }
        }

        // end
    }

    // begin
    private sealed class SocketOutput(Socket socket, SocketAddress peer) : IKcpOutput
    {
        private readonly byte[] _buffer = new byte[KcpOptions.MaxDatagram];

        public Span<byte> GetDatagram(int size) => _buffer;

        public void Commit(Span<byte> datagram) => socket.SendTo(datagram, SocketFlags.None, peer);
    }

    // end
}
