// The gateway as a part of a .NET host, with a routing strategy that uses dependency injection.
//   dotnet run --project examples/HostedGateway -- --Port=7082 --Rooms:42=127.0.0.1:7083
//   dotnet run --project examples/TcpClient -- 127.0.0.1:7082 room:42
using System.Net;
using HostedGateway;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sluice.Gateway.Gates;
using Sluice.Hosting;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Services
    .AddSluice(options => options with
    {
        Tcp = new TcpGateOptions { Bind = IPAddress.Loopback, Port = builder.Configuration.GetValue("Port", 7082) },
    })
    .AddResolver<RoomResolver>();

using IHost host = builder.Build();
await host.StartAsync();
Console.WriteLine($"listening on {host.Services.GetRequiredService<ISluiceListeners>().Listeners[0].EndPoint}");
await host.WaitForShutdownAsync();
