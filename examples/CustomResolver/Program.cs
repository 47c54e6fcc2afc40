// Sluice inside another program, with its own routing strategy.
//   dotnet run --project examples/CustomResolver
//   dotnet run --project examples/TcpClient -- 127.0.0.1:7082 room:42
using System.Net;
using CustomResolver;
using Sluice.Gateway;
using Sluice.Gateway.Gates;

var rooms = new RoomResolver();
rooms.Open("42", new IPEndPoint(IPAddress.Loopback, 7083));

await using var gateway = new SluiceGateway(new GatewayOptions
{
    Tcp = new TcpGateOptions { Bind = IPAddress.Loopback, Port = 7082 },
    Resolver = rooms,
});
await gateway.StartAsync();
Console.WriteLine($"room:42 is served on {gateway.Listeners[0].EndPoint}; press Ctrl-C to stop");
await Task.Delay(Timeout.Infinite);
