using System.Diagnostics.Metrics;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Sessions;
using Sluice.Gateway.Vocabulary;

namespace Sluice.Gateway.Telemetry;

/// <summary>The instruments of a gateway's meter. They read what is counted anyway, so they cost nothing while nobody listens.</summary>
internal static class GatewayMetrics
{
    public static void ShowMachine(Meter meter, MemoryWatch? memory, LoopWatch loopWatch, IReadOnlyList<LoopSessions> loops)
    {
        meter.CreateObservableGauge(
            "sluice_memory_short",
            () => memory?.IsShort == true ? 1 : 0,
            description: "1 while the process has more memory than max_memory_bytes and new clients are refused");
        meter.CreateObservableCounter(
            "sluice_dial_shortages",
            () => loops[0].Dialer.Shortage.Count,
            description: "Dials that failed because this machine had no local port, descriptor or socket memory left");
        meter.CreateObservableGauge(
            "sluice_loops_stuck",
            () => loopWatch.Stuck.Count,
            description: "Event loops that have not turned for five seconds; their clients are not served");
        meter.CreateObservableCounter(
            "sluice_kcp_datagrams_dropped",
            () => loops.Sum(sessions => sessions.Loop.DatagramsDropped),
            description: "Datagrams to KCP peers that were dropped because the network took less than was sent; KCP sends them again");
    }

    public static void ShowRouting(Meter meter, ResolverState resolver, BackendPolicy policy, BackendHealth health)
    {
        var strategy = new KeyValuePair<string, object?>("strategy", resolver.Name);
        meter.CreateObservableGauge(
            "sluice_registry_ready",
            () => new Measurement<int>(resolver.Problem is null ? 1 : 0, strategy),
            description: "1 while the strategy knows its nodes, 0 while its registry is away");
        meter.CreateObservableGauge(
            "sluice_registry_nodes",
            () => resolver.KnownNodes is { } nodes ? [new Measurement<int>(nodes, strategy)] : Array.Empty<Measurement<int>>(),
            description: "Nodes that are known; none where the strategy keeps no list");
        meter.CreateObservableCounter(
            "sluice_policy_decisions",
            () => policy.Tallies.Select(tally => new Measurement<long>(
                tally.Decisions, new("rule", tally.Rule), new KeyValuePair<string, object?>("allowed", tally.Allowed))),
            description: "Addresses that a rule of the policy allowed or denied");
        meter.CreateObservableGauge(
            "sluice_backends_aside",
            () => health.Snapshot().Count,
            description: "Addresses of backends that failed and are tried last for a while");
    }

    /// <param name="meter">The meter.</param>
    /// <param name="protocols">Protocols of the gates that there are at the time.</param>
    /// <param name="loops">The counters of each loop.</param>
    public static void ShowSessions(Meter meter, Func<IEnumerable<Protocol>> protocols, IReadOnlyList<SessionTally> loops)
    {
        meter.CreateObservableGauge(
            "sluice_sessions",
            () => protocols().Select(protocol => new Measurement<long>(loops.Sum(loop => loop.Live(protocol)), Label(protocol))),
            description: "Clients that are connected, those included that have not named a backend yet");
        meter.CreateObservableCounter(
            "sluice_sessions_ended",
            () => protocols().SelectMany(_ => Enum.GetValues<EndReason>(), (protocol, reason) => new Measurement<long>(
                loops.Sum(loop => loop.EndedCount(protocol, reason)), Label(protocol), new("reason", reason.ToWord()))),
            description: "Sessions that have ended, refused clients included, by the reason that their line in the log gives");
        meter.CreateObservableCounter(
            "sluice_session_faults",
            () => loops.Sum(loop => loop.FaultCount),
            description: "Sessions that a fault of the gateway or of the strategy ended; the log says which");
        meter.CreateObservableCounter(
            "sluice_clients_turned_away",
            () => loops.Sum(loop => loop.RejectedSilentlyCount),
            description: "Clients that were refused without a word: not served at all, or one of too many");
        meter.CreateObservableCounter(
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
