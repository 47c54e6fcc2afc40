using System.Diagnostics.Metrics;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Routing;

namespace Sluice.Gateway.Telemetry;

/// <summary>What is counted anyhow, as instruments of a <see cref="Meter"/>: read by dotnet-counters, OpenTelemetry or whoever listens, and free while nobody does.</summary>
internal sealed class GatewayMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Sluice";

    private readonly Meter _meter = new(MeterName);

    public GatewayMetrics(IBackendResolver resolver, BackendPolicy policy, BackendHealth health)
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

    public void Dispose() => _meter.Dispose();
}
