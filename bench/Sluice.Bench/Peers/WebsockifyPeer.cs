using System.Diagnostics;
using Sluice.Bench.Processes;
using Sluice.Bench.Works;

namespace Sluice.Bench.Peers;

/// <summary>websockify, in Python, with one process per connection. It runs echo only, because it cannot keep the rate of bulk.</summary>
internal sealed class WebsockifyPeer : Peer
{
    private const string Program = "websockify";

    public override string Name => Program;

    public override IReadOnlyList<string> Programs => [Program];

    public override bool CanDo(Work work) => work is EchoWork && work.Wire is { WebSocket: true, Tls: false };

    public override async Task<string?> VersionAsync(Toolbox tools, CancellationToken stop) =>
        (await Tool.OutputAsync("dpkg-query", ["-W", "-f=${Version}", Program], stop)) is { Length: > 0 } version
            ? $"websockify {version}"
            : null;

    public override Task<Relay> StartAsync(RelayPlace place, CancellationToken stop)
    {
        var port = FreePort.Take();
        var started = Stopwatch.GetTimestamp();
        var process = Child.Start(Name, [Program, $"127.0.0.1:{port}", place.Backend], place.Core, place.Folder);
        process.DropOutput();
        return Relay.WhenItAcceptsAsync(process, port, started, stop);
    }
}
