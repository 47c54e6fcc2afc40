using System.Net;
using Sluice.Gateway;

namespace Sluice.Daemon;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        bool zero = args.Contains("--zero");
        var gateway = new SluiceGateway(new GatewayOptions { Loops = 1, Tcp = new TcpGateOptions { Port = 7082, Bind = IPAddress.Loopback, ZeroCopy = zero } });
        await gateway.StartAsync();
        Console.WriteLine($"ready tcp={gateway.Listeners[0].EndPoint} pid={Environment.ProcessId}");
        await Task.Delay(-1);
        return 0;
    }
}
