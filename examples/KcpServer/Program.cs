// A KCP backend for the examples. It does not know about the gateway, and returns every byte in the FEC shape in which it came.
//   dotnet run --project examples/KcpServer -- [port, 7083 by default]
using System.Net;
using System.Net.Sockets;
using KcpEchoServer;
using Sluice.Kcp;

int port = args.Length > 0 ? int.Parse(args[0]) : 7083;
using var udp = new UdpClient(new IPEndPoint(IPAddress.Loopback, port));
Console.WriteLine($"listening on {udp.Client.LocalEndPoint}");

var context = new KcpContext();
var options = new KcpOptions
{
    NoDelay = true,
    Interval = 10,
    FastResend = 2,
    NoCongestionWindow = true,
    SendWindow = 256,
    ReceiveWindow = 256,
    StreamMode = true,
    Fec = KcpFec.Mirror,
};
var clients = new Dictionary<IPEndPoint, Client>();
while (true)
{
    if (udp.Client.Poll(5000, SelectMode.SelectRead))
    {
        IPEndPoint? from = null;
        byte[] datagram = udp.Receive(ref from);
        if (!clients.TryGetValue(from, out Client? client)
            && KcpDatagram.TryRead(datagram, out KcpDatagram first) && first.CanOpenSession)
        {
            Console.WriteLine($"{from} opens session {first.Conv:x8}");
            client = new Client(udp, from, new KcpSession(first.Conv!.Value, options, context));
            clients.Add(from, client);
        }

        client?.Take(datagram);
    }

    foreach ((IPEndPoint place, Client client) in clients)
    {
        if (client.IsGone)
        {
            Console.WriteLine($"{place} is gone");
            clients.Remove(place);
            client.Dispose();
        }
        else
        {
            client.Run();
        }
    }
}
