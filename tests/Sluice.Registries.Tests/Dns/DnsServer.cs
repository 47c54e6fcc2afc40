using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sluice.Registries.Tests.Kit;
using Sluice.Testing.Programs;
using Sluice.Testing.Sockets;

namespace Sluice.Registries.Tests.Dns;

/// <summary>A real name server (dnsmasq) on a free port, which knows the domain <c>nodes.test</c> and the records of a test.</summary>
internal sealed class DnsServer : IAsyncDisposable
{
    public const string Suffix = "nodes.test";

    private readonly TemporaryFolder _folder = new();
    private readonly string _configuration;
    private ServerProcess? _process;

    private DnsServer() => _configuration = _folder["dnsmasq.conf"];

    public IPEndPoint EndPoint { get; } = new(IPAddress.Loopback, FreePort.Take(1)[0]);

    /// <summary>Starts one with these lines in its configuration.</summary>
    public static async Task<DnsServer> StartAsync(params string[] lines)
    {
        var server = new DnsServer();
        await server.StartAgainAsync(lines);
        return server;
    }

    public async Task StartAgainAsync(params string[] lines)
    {
        await File.WriteAllLinesAsync(_configuration, [
            "port=" + EndPoint.Port.ToString(
                CultureInfo.InvariantCulture), "listen-address=127.0.0.1", "bind-interfaces", "no-resolv", "no-hosts",
            $"local=/{Suffix}/", "local-ttl=30", .. lines]);
        _process = await ServerProcess.StartAsync(
            "dnsmasq", ["--keep-in-foreground", "--pid-file", "--user=", "--conf-file=" + _configuration], AnswersAsync);
    }

    public Task KillAsync() => _process!.KillAsync();

    public Task FreezeAsync() => _process!.FreezeAsync();

    public Task ThawAsync() => _process!.ThawAsync();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task<bool> AnswersAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(EndPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
