using System.Diagnostics;
using Sluice.Bench.Processes;
using Sluice.Bench.Works;

namespace Sluice.Bench.Peers;

/// <summary>
/// HAProxy in mode tcp with one thread and no log. Uses its splice options for zero-copy works and TLS if the clients use it.
/// </summary>
internal sealed class HaproxyPeer : Peer
{
    public override string Name => "haproxy";

    public override IReadOnlyList<string> Programs => ["haproxy"];

    public override bool CanDo(Work work) => !work.Wire.WebSocket;

    public override async Task<string?> VersionAsync(Toolbox tools, CancellationToken stop)
    {
        // "HAProxy version 2.6.12-1 2023/… - https://…"
        var words = (await Tool.OutputAsync("haproxy", ["-v"], stop)).Split(' ', '\n');
        return words.Length > 2 ? $"HAProxy {words[2]}" : null;
    }

    public override async Task<Relay> StartAsync(RelayPlace place, CancellationToken stop)
    {
        var port = FreePort.Take();
        var file = Path.Combine(place.Folder, "haproxy.cfg");
        await File.WriteAllTextAsync(file, Configuration(port, place), stop);
        var started = Stopwatch.GetTimestamp();
        var process = Child.Start(Name, ["haproxy", "-db", "-f", file], place.Core, place.Folder);
        process.DropOutput();
        return await Relay.WhenItAcceptsAsync(process, port, started, stop);
    }

    private static string Configuration(int port, RelayPlace place)
    {
        var splicing = place.Work.ZeroCopy
            ? """
                option splice-auto
                option splice-request
                option splice-response
            """
            : "";
        var tls = place.Work.Wire.Tls ? $" ssl crt {place.Certificate.BothFile}" : "";
        return $"""
            global
                nbthread 1
                maxconn 9000
                maxpipes 64
            {(place.Work.ZeroCopy ? "" : "    nosplice")}
            defaults
                mode tcp
                timeout connect 10s
                timeout client 1d
                timeout server 1d
            {splicing}
            listen relay
                bind 127.0.0.1:{port} backlog 4096{tls}
                server backend {place.Backend}

            """;
    }
}
