// A backend for the examples: a plain TCP server that does not know about the gateway. It returns every byte.
//   dotnet run --project examples/TcpServer -- [port, 7083 by default]
using System.Net;
using System.Net.Sockets;

int port = args.Length > 0 ? int.Parse(args[0]) : 7083;
using var listener = new TcpListener(IPAddress.Loopback, port);
listener.Start();
Console.WriteLine($"listening on {listener.LocalEndpoint}");
while (true)
{
    TcpClient client = await listener.AcceptTcpClientAsync();
    _ = ServeAsync(client);
}

static async Task ServeAsync(TcpClient client)
{
    using (client)
    {
        Console.WriteLine($"{client.Client.RemoteEndPoint} connected");
        NetworkStream stream = client.GetStream();
        try
        {
            await stream.CopyToAsync(stream);
        }
        catch (IOException reset)
        {
            Console.WriteLine(reset.Message);
        }

        Console.WriteLine("disconnected");
    }
}
