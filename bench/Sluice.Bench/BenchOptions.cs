using System.Globalization;
using Sluice.Bench.Benchmarks;
using Sluice.Bench.Peers;

namespace Sluice.Bench;

/// <summary>The parsed command line.</summary>
internal sealed record BenchOptions
{
    public required Benchmark Benchmark { get; init; }
    public string Root { get; private set; } = Directory.GetCurrentDirectory();
    public string Artifacts { get; private set; } = "";
    public string? SluicePath { get; private set; }
    public IReadOnlyList<string> Only { get; private set; } = [];
    public IReadOnlyList<string> Peers { get; private set; } = [];
    public int Rounds { get; private set; } = 8;
    public int Starts { get; private set; } = 2;
    public double Seconds { get; private set; } = 1;
    public double Warmup { get; private set; } = 6;

    /// <summary>Messages per second of works with a fixed rate; null = the work's own rate.</summary>
    public int? Rate { get; private set; }

    /// <summary>MB per second of paced bulk; null = the benchmark's own rate.</summary>
    public double? BulkRate { get; private set; }

    public bool Write { get; private set; }
    public string? Page { get; private set; }
    public int RelayCore { get; private set; }
    public int LoadCore { get; private set; } = 1;
    public List<string> SluiceSettings { get; } = [];
    public List<SluiceVariant> Variants { get; } = [];
    public bool Quick { get; private set; }

    /// <summary>Whether to check the command line only. bench/run does so before it builds.</summary>
    public bool CheckOnly { get; private set; }

    public static BenchOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchOptions { Benchmark = Benchmark.Find(arguments[0]) };
        for (var i = 1; i < arguments.Count; i++)
        {
            var name = arguments[i];
            if (!options.TakeSwitch(name))
            {
                if (++i == arguments.Count)
                {
                    throw new BenchException($"{name} needs a value");
                }

                options.TakeValue(name, arguments[i]);
            }
        }

        options.Check();
        return options;
    }

    private bool TakeSwitch(string name)
    {
        switch (name)
        {
            case "--quick":
                (Quick, Rounds, Starts, Seconds, Warmup) = (true, 3, 1, 0.5, 0.5);
                return true;
            case "--write":
                Write = true;
                return true;
            case "--check":
                CheckOnly = true;
                return true;
            default:
                return false;
        }
    }

    private void TakeValue(string name, string value)
    {
        switch (name)
        {
            case "--root": Root = value; break;
            case "--artifacts": Artifacts = value; break;
            case "--sluice": SluicePath = value; break;
            case "--only": Only = List(value); break;
            case "--peer": Peers = List(value); break;
            case "--rounds": Rounds = (int)Number(name, value, 2, 1000); break;
            case "--starts": Starts = (int)Number(name, value, 1, 100); break;
            case "--seconds": Seconds = Number(name, value, 0.05, 3600); break;
            case "--warmup": Warmup = Number(name, value, 0, 3600); break;
            case "--rate": Rate = (int)Number(name, value, 1, 1_000_000); break;
            case "--bulk-rate": BulkRate = Number(name, value, 0.1, 10_000); break;
            case "--page": Page = value; break;
            case "--relay-core": RelayCore = (int)Number(name, value, 0, 4095); break;
            case "--load-core": LoadCore = (int)Number(name, value, 0, 4095); break;
            case "--sluice-set": SluiceSettings.Add(value); break;
            case "--variant": Variants.Add(SluiceVariant.Parse(value)); break;
            default: throw new BenchException($"unknown option {name}; see bench/run --help");
        }
    }

    private void Check()
    {
        if (RelayCore == LoadCore)
        {
            throw new BenchException("--relay-core and --load-core must differ; the relay needs its core for itself");
        }

        if (Write && (Quick || Only.Count > 0 || Peers.Count > 0))
        {
            throw new BenchException("--write publishes a whole run; remove --quick, --only and --peer");
        }
    }

    private static string[] List(string value) =>
        value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static double Number(string name, string value, double low, double high) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= low && number <= high
            ? number
            : throw new BenchException($"{name} must be a number from {low} to {high}");
}
