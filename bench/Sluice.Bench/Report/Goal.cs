using System.Globalization;
using Sluice.Bench.Works;

namespace Sluice.Bench.Report;

/// <summary>A figure that Sluice is to reach: a value of its own, or its ratio to the best of some relays in the same run.</summary>
internal sealed record Goal(string Work, string Text, Metric Metric, double Limit, string Format, double Scale = 1)
{
    private const string Sluice = "sluice";

    public IReadOnlyList<string> Against { get; init; } = [];

    public static IReadOnlyList<Goal> All { get; } =
    [
        Ratio("echo50", "echo 64 B, 50 connections: ≤ 1.03 × the bare C relay", EchoWork.Cpu, 1.03, "c-relay"),
        Ratio("echo50", "echo 64 B, 50 connections: ≤ 0.95 × the better of HAProxy and nginx", EchoWork.Cpu, 0.95, "haproxy", "nginx"),
        Ratio(
            "echo1000", "echo 64 B, 1,000 connections: ≤ 0.85 × the better of HAProxy and nginx", EchoWork.Cpu, 0.85, "haproxy", "nginx"),
        Ratio("bulk-zero", "bulk, zero copy: ≤ 1.1 × HAProxy with splice", BulkWork.Cpu, 1.1, "haproxy"),
        Ratio("bulk", "bulk, copying: ≤ 1.0 × HAProxy without splice", BulkWork.Cpu, 1.0, "haproxy"),
        Ratio("connect", "connect + handshake + close: ≤ 1.3 × HAProxy's connect + close", ConnectWork.Cpu, 1.3, "haproxy"),
        new("idle", "idle connection: ≤ 2.5 KB RSS", IdleWork.PerConnection, 2.5, "0.00 KB", 1.0 / 1024),
        new("idle", "idle connections: no CPU (≤ 1 ms per second, all of them together)", IdleWork.IdleCpu, 1, "0.00 ms"),
        new("start", "start: `ready` within 0.7 s", StartWork.Time, 0.7, "0.00 s", 1.0 / 1000),
        new("start", "start: RSS ≤ 80 MB", StartWork.Resident, 80, "0.0 MB"),
    ];

    /// <summary>A row of the table: goal, measured, reached.</summary>
    public IReadOnlyList<string> Row(Results results)
    {
        var value = Measure(results);
        return value is null
            ? [Text, "not measured", "–"]
            : [Text, value.Value.ToString(Format, CultureInfo.InvariantCulture), value <= Limit ? "yes" : "**no**"];
    }

    private static Goal Ratio(string work, string text, Metric metric, double limit, params string[] against) =>
        new(work, text, metric, limit, "0.00 ×") { Against = against };

    private double? Measure(Results results)
    {
        var own = results.Median(Work, Sluice, Metric) * Scale;
        if (Against.Count == 0)
        {
            return own;
        }

        // Against "the better of two" both must have been measured.
        var others = Against.Select(peer => results.Median(Work, peer, Metric)).ToArray();
        return others.Contains(null) ? null : own / others.Min();
    }
}
