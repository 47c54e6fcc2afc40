using System.Diagnostics.Metrics;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Sessions;

namespace Sluice.Gateway.Telemetry;

/// <summary>What is counted anyhow, as instruments of a <see cref="Meter"/>: read by dotnet-counters, OpenTelemetry or whoever listens, and free while nobody does.</summary>
internal sealed class GatewayMetrics : IDisposable
{
    private readonly Meter _meter;

    public GatewayMetrics(
        SluiceGateway gateway,
        GatewayOptions options,
        ResolverState resolver,
        BackendPolicy policy,
        BackendHealth health,
        MemoryWatch? memory,
        LoopWatch loopWatch,
        IReadOnlyList<Worker> workers)
    {
        _meter = new Meter(new MeterOptions(SluiceGateway.MeterName)
        {
            Scope = gateway,
            Tags = options.Name is { } name ? [new("gateway", name)] : null,
        });
        _meter.CreateObservableGauge(
            "sluice_memory_short",
            () => memory?.IsShort == true ? 1 : 0,
            description: "1 while the process has more memory than max_memory_bytes and new clients are refused");
        _meter.CreateObservableCounter(
            "sluice_dial_shortages",
            () => workers[0].Dialer.Shortage.Count,
            description: "Dials that failed because this machine had no local port, descriptor or socket memory left");
        _meter.CreateObservableGauge(
            "sluice_loops_stuck",
            () => loopWatch.Stuck.Count,
            description: "Event loops that have not turned for five seconds; their clients are not served");
        ShowRouting(resolver, policy, health);
        Protocol?[] protocols =
            [options.Tcp is null ? null : Protocol.Tcp, options.Kcp is null ? null : Protocol.Kcp, options.WebSocket is null ? null : Protocol.WebSocket];
        ShowSessions([.. protocols.OfType<Protocol>()], [.. workers.Select(worker => worker.Report.Tally)]);
        _meter.CreateObservableCounter(
            "sluice_kcp_datagrams_dropped",
            () => workers.Sum(worker => worker.Loop.DatagramsDropped),
            description: "Datagrams to KCP peers that were dropped because the network took less than was sent; KCP sends them again");
    }

    public void Dispose() => _meter.Dispose();

    private void ShowRouting(ResolverState resolver, BackendPolicy policy, BackendHealth health)
    {
        var strategy = new KeyValuePair<string, object?>("strategy", resolver.Name);
        _meter.CreateObservableGauge(
            "sluice_registry_ready",
            () => new Measurement<int>(resolver.Problem is null ? 1 : 0, strategy),
            description: "1 while the strategy knows its nodes, 0 while its registry is away");
        _meter.CreateObservableGauge(
            "sluice_registry_nodes",
            () => resolver.KnownNodes is { } nodes ? [new Measurement<int>(nodes, strategy)] : Array.Empty<Measurement<int>>(),
            description: "Nodes that are known; none where the strategy keeps no list");
        _meter.CreateObservableCounter(
            "sluice_policy_decisions",
            () => policy.Tallies.Select(tally => new Measurement<long>(
                tally.Decisions, new("rule", tally.Rule), new KeyValuePair<string, object?>("allowed", tally.Allowed))),
            description: "Addresses that a rule of the policy allowed or denied");
        _meter.CreateObservableGauge(
            "sluice_backends_aside",
            () => health.Snapshot().Count,
            description: "Addresses of backends that failed and are tried last for a while");
    }

    private void ShowSessions(IReadOnlyList<Protocol> protocols, IReadOnlyList<SessionTally> loops)
    {
        _meter.CreateObservableGauge(
            "sluice_sessions",
            () => protocols.Select(protocol => new Measurement<long>(loops.Sum(loop => loop.Live(protocol)), Label(protocol))),
            description: "Clients that are connected, those included that have not named a backend yet");
        _meter.CreateObservableCounter(
            "sluice_sessions_ended",
            () => protocols.SelectMany(_ => Enum.GetValues<EndReason>(), (protocol, reason) => new Measurement<long>(
                loops.Sum(loop => loop.EndedCount(protocol, reason)), Label(protocol), new("reason", reason.ToWord()))),
            description: "Sessions that have ended, refused clients included, by the reason that their line in the log gives");
        _meter.CreateObservableCounter(
            "sluice_session_faults",
            () => loops.Sum(loop => loop.FaultCount),
            description: "Sessions that a fault of the gateway or of the strategy ended; the log says which");
        _meter.CreateObservableCounter(
            "sluice_clients_turned_away",
            () => loops.Sum(loop => loop.TurnedAwayCount),
            description: "Clients that were refused without a word: not served at all, or one of too many");
        _meter.CreateObservableCounter(
            "sluice_relayed_bytes",
            () => new Measurement<long>[]
            {
                new(loops.Sum(loop => loop.BytesFromClients), new KeyValuePair<string, object?>("direction", "from_client")),
                new(loops.Sum(loop => loop.BytesFromBackends), new KeyValuePair<string, object?>("direction", "from_backend")),
            },
            description: "Payload of ended sessions, in bytes");
    }

    private static KeyValuePair<string, object?> Label(Protocol protocol) => new("protocol", protocol.ToWord());
}
