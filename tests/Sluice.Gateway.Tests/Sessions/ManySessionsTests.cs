using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Tests.Kit;
using Sluice.Kcp;

namespace Sluice.Gateway.Tests.Sessions;

/// <summary>Relaying for many sessions at once allocates no more than for one: the pools hold what all of them need.</summary>
[Collection(nameof(Alone))]
public class ManySessionsTests
{
    private const int Clients = 2_000;
    private const int MessageBytes = 3_000;
    private const int Rounds = 5;

    [Fact]
    public async Task Messages_of_two_thousand_kcp_sessions_in_flight_at_once_allocate_nothing()
    {
        using var backend = new EchoBackend();
        await using SluiceGateway gateway = await StartAsync();
        var clients = new List<KcpSocket>(Clients);
        try
        {
            byte[] key = FrameParser.Build(Encoding.UTF8.GetBytes(backend.Key));
            for (int i = 0; i < Clients; i++)
            {
                var client = new KcpSocket(gateway.Listeners[0].EndPoint, KcpFec.None);
                clients.Add(client);
                client.Send(key);
                client.Receive(6);
            }

            byte[] message = new byte[MessageBytes];
            Exchange(clients, message);
            Exchange(clients, message);

            // The least of some rounds: in one of them the runtime may allocate something of its own.
            long least = long.MaxValue;
            for (int round = 0; round < Rounds; round++)
            {
                long before = await AllocatedAsync(gateway);
                Exchange(clients, message);
                least = Math.Min(least, await AllocatedAsync(gateway) - before);
            }

            // The two questions themselves allocate a few hundred bytes.
            Assert.InRange(least / (double)Clients, 0, 1);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    /// <summary>Sends to all before any answer is read.</summary>
    private static void Exchange(List<KcpSocket> clients, byte[] message)
    {
        foreach (KcpSocket client in clients)
        {
            client.Send(message);
        }

        foreach (KcpSocket client in clients)
        {
            client.Receive(message.Length);
        }
    }

    private static async Task<SluiceGateway> StartAsync()
    {
        var gateway = new SluiceGateway(new GatewayOptions
        {
            Loops = 1,
            Kcp = new KcpGateOptions { Bind = IPAddress.Loopback, Port = 0, Reciprocity = false },
        });
        await gateway.StartAsync();
        return gateway;
    }

    private static Task<long> AllocatedAsync(SluiceGateway gateway) => gateway.Loops[0].InvokeAsync(GC.GetAllocatedBytesForCurrentThread);

    /// <summary>An echo for many connections, on threads that are not measured.</summary>
    private sealed class EchoBackend : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        public EchoBackend()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(Clients);
            _ = AcceptAsync();
        }

        public string Key => _listener.LocalEndPoint!.ToString()!;

        public void Dispose() => _listener.Dispose();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    _ = EchoAsync(await _listener.AcceptAsync());
                }
            }
            catch (Exception closed) when (closed is ObjectDisposedException or SocketException)
            {
                // The test is over.
            }
        }

        private static async Task EchoAsync(Socket client)
        {
            using (client)
            {
                byte[] buffer = new byte[MessageBytes];
                try
                {
                    while (await client.ReceiveAsync(buffer) is > 0 and int count)
                    {
                        await client.SendAsync(buffer.AsMemory(0, count));
                    }
                }
                catch (SocketException)
                {
                    // The gateway ended it; the test is over.
                }
            }
        }
    }
}
