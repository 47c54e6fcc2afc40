using System.Net;
using System.Security.Cryptography.X509Certificates;
using KestrelRelay;
using Microsoft.AspNetCore.Server.Kestrel.Core;

// A minimal WebSocket to TCP relay as one would write it on ASP.NET Core; one of the relays that Sluice is compared with.
//
//     KestrelRelay --buffer BYTES [--cert FILE --key FILE]
//
// It listens on a free port of 127.0.0.1 and prints `ready HOST:PORT`.
var buffer = 64 * 1024;
string? certificate = null;
string? key = null;
for (var i = 0; i + 1 < args.Length; i += 2)
{
    switch (args[i])
    {
        case "--buffer": buffer = int.Parse(args[i + 1]); break;
        case "--cert": certificate = args[i + 1]; break;
        case "--key": key = args[i + 1]; break;
        default: throw new ArgumentException($"unknown option {args[i]}", nameof(args));
    }
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseKestrelHttpsConfiguration();
builder.WebHost.ConfigureKestrel(server => server.Listen(IPAddress.Loopback, 0, listener =>
{
    listener.Protocols = HttpProtocols.Http1;
    if (certificate is not null)
    {
        listener.UseHttps(X509Certificate2.CreateFromPemFile(certificate, key));
    }
}));
await using var app = builder.Build();
app.UseWebSockets();
app.Run(context => WebSocketRelay.RunAsync(context, buffer));
await app.StartAsync();
Console.WriteLine($"ready {new Uri(app.Urls.Single()).Authority}");
await app.WaitForShutdownAsync();
