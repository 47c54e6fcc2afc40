// A game client over KCP: opens a session with the gateway, names its backend, waits for "ok", then talks to the backend.
//   dotnet run --project examples/KcpClient -- [gateway, 127.0.0.1:8082] [backend, 127.0.0.1:7083] [FEC, 0/0 or for example 10/3]
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using KcpClient;
using Sluice.Kcp;

IPEndPoint gateway = IPEndPoint.Parse(args.Length > 0 ? args[0] : "127.0.0.1:8082");
string backend = args.Length > 1 ? args[1] : "127.0.0.1:7083";
int[] fec = [.. (args.Length > 2 ? args[2] : "0/0").Split('/').Select(int.Parse)];

using var udp = new UdpClient(gateway.AddressFamily);
udp.Connect(gateway);
var output = new UdpOutput(udp);

// The session only computes: it has no socket, thread or clock. The client picks a random conversation number.
uint conversation = (uint)Random.Shared.NextInt64(1, uint.MaxValue);
using var session = new KcpSession(conversation, new KcpOptions
{
    NoDelay = true,
    Interval = 10,
    FastResend = 2,
    NoCongestionWindow = true,
    SendWindow = 256,
    ReceiveWindow = 256,
    StreamMode = true,
    Fec = KcpFec.Fixed(fec[0], fec[1]),
}, new KcpContext());

// The handshake: uint32 length (little-endian), then the key. The answer has the same form.
byte[] key = Encoding.UTF8.GetBytes(backend);
byte[] length = new byte[4];
BinaryPrimitives.WriteInt32LittleEndian(length, key.Length);
session.Send([.. length, .. key]);
string answer = Encoding.UTF8.GetString(Receive(BinaryPrimitives.ReadInt32LittleEndian(Receive(4))));
Console.WriteLine($"the gateway says: {answer}");
if (answer.StartsWith("error ", StringComparison.Ordinal))
{
    return 1;
}

// From here on the session is a byte stream to and from the backend.
byte[] message = Encoding.UTF8.GetBytes("hello from the other side of the gateway");
session.Send(message);
Console.WriteLine($"the backend says: {Encoding.UTF8.GetString(Receive(message.Length))}");
session.Flush(Environment.TickCount64, output); // acknowledges the last datagram; KCP has no message for the end
return 0;

// A game calls this once per frame and then reads the available bytes.
void Pump()
{
    while (udp.Client.Poll(0, SelectMode.SelectRead))
    {
        IPEndPoint? from = null;
        session.Input(udp.Receive(ref from), Environment.TickCount64);
    }

    session.Update(Environment.TickCount64, output);
}

byte[] Receive(int count)
{
    byte[] bytes = new byte[count];
    long patience = Environment.TickCount64 + 30_000;
    for (int done = 0; done < count; done += session.Read(bytes.AsSpan(done)))
    {
        Pump();
        udp.Client.Poll(5000, SelectMode.SelectRead);
        if (Environment.TickCount64 > patience)
        {
            throw new TimeoutException("no answer within 30 s");
        }
    }

    return bytes;
}
