using System.Diagnostics;
using System.Globalization;
using SharpFuzz;

namespace Sluice.Fuzz;

/// <summary>The fuzz entry: one target per parser of hostile bytes. README.md says how to run it.</summary>
internal static class Program
{
    private const string Every = "all";

    private static int Main(string[] args)
    {
        FuzzTarget[] targets = args.Length == 0 ? [] : [.. FuzzTarget.All.Where(target => target.Name == args[0] || args[0] == Every)];
        string mode = args.ElementAtOrDefault(1) ?? "";
        if (targets.Length == 0 || (targets.Length > 1 && mode != "--smoke"))
        {
            string names = string.Join('|', FuzzTarget.All.Select(target => target.Name));
            Console.Error.WriteLine($"usage: Sluice.Fuzz {names} [--smoke N [SEED] | --afl]\n       Sluice.Fuzz {Every} --smoke N [SEED]");
            return 1;
        }

        switch (mode)
        {
            case "--smoke":
                int runs = int.Parse(args[2], CultureInfo.InvariantCulture);
                int seed = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : Environment.TickCount;
                Array.ForEach(targets, target => Smoke(target, runs, seed));
                break;
            case "--afl":
                targets[0].Run(() => Fuzzer.OutOfProcess.Run((Stream input) =>
                {
                    using var bytes = new MemoryStream();
                    input.CopyTo(bytes);
                    targets[0].Check(bytes.ToArray());
                }));
                break;
            default:
                targets[0].Run(() => Fuzzer.LibFuzzer.Run(bytes => targets[0].Check(bytes)));
                break;
        }

        return 0;
    }

    private static void Smoke(FuzzTarget target, int runs, int seed)
    {
        Console.Write($"{target.Name}: {runs} mutations, seed {seed}");
        var lasted = Stopwatch.StartNew();
        SmokeRun.Run(target, runs, seed);
        Console.WriteLine($": no finding, {lasted.Elapsed.TotalSeconds:0} s");
    }
}
