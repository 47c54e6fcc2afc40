using System.Diagnostics.Metrics;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Gateway.Tests.Kit;
using Sluice.Testing.Loops;

namespace Sluice.Gateway.Tests.Telemetry;

/// <summary>
/// What an operator's collector reads from the meter: of every gateway of the process, so no other may come or go meanwhile.
/// </summary>
[Collection(nameof(Alone))]
public class GatewayMetricsTests
{
    [Fact]
    public async Task A_registry_that_goes_away_shows_and_its_nodes_stay()
    {
        var source = new ScriptedSource();
        await using var gateway = new SluiceGateway(new GatewayOptions
        {
            Loops = 1,
            Resolver = new RegistryResolver(source, new RegistryOptions(), new ListLogger()),
        });
        Task starting = gateway.StartAsync(TestContext.Current.CancellationToken);
        ScriptedSource.Visit visit = await source.NextAsync();
        Assert.Equal(0, Read("sluice_registry_ready"));
        Assert.NotNull(gateway.Problem);
        visit.Load("s1", "s2");
        await starting;
        Assert.Equal(1, Read("sluice_registry_ready"));
        Assert.Equal(2, Read("sluice_registry_nodes"));
        Assert.Null(gateway.Problem);

        visit.Fail("gone");
        await source.NextAsync();
        Assert.Equal(0, Read("sluice_registry_ready"));
        Assert.Equal(2, Read("sluice_registry_nodes"));
        Assert.Contains("is away: gone", gateway.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decisions_of_the_policy_are_counted_by_rule()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Allow = [], Deny = [] });
        long before = Denied();
        Assert.Equal("error denied", await gateway.AskAsync("127.0.0.1:7"));
        Assert.Equal(before + 1, Denied());

        static long Denied()
        {
            long count = 0;
            Listen("sluice_policy_decisions", (value, tags) =>
            {
                foreach (KeyValuePair<string, object?> tag in tags)
                {
                    count += tag is { Key: "rule", Value: "not in allow" } ? value : 0;
                }
            });
            return count;
        }
    }

    /// <summary>A plug-in that cannot say how it is costs its own two values, and the log one line.</summary>
    [Fact]
    public async Task A_strategy_that_throws_when_asked_for_its_state_is_reported_once_and_the_other_metrics_stay()
    {
        var log = new ListLogger();
        await using var gateway = new SluiceGateway(new GatewayOptions { Loops = 1, Resolver = new Silent() }, log);
        await gateway.StartAsync(TestContext.Current.CancellationToken);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(0, Read("sluice_registry_ready"));
            Assert.Null(Read("sluice_registry_nodes"));
            Assert.NotNull(gateway.Problem);
            Assert.False(gateway.CanRoute);
        }

        Assert.Equal(1, log.Count(8));
    }

    private sealed class Silent : IBackendResolver
    {
        public string Name => "scripted";

        public string? Problem => throw new FormatException("of the strategy");

        public int? KnownNodes => throw new FormatException("of the strategy");

        public bool CanRoute => throw new FormatException("of the strategy");

        public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) => new(Resolution.NotFound);
    }

    private static long? Read(string name)
    {
        long? read = null;
        Listen(name, (value, tags) =>
        {
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                read = tag is { Key: "strategy", Value: "scripted" } ? value : read;
            }
        });
        return read;
    }

    private static void Listen(string name, Action<long, ReadOnlySpan<KeyValuePair<string, object?>>> take)
    {
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (string.Equals(instrument.Meter.Name, SluiceGateway.MeterName, StringComparison.Ordinal)
                    && string.Equals(instrument.Name, name, StringComparison.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => take(value, tags));
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => take(value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
    }
}
