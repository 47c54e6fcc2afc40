using System.Globalization;
using SharpFuzz;

namespace Sluice.Fuzz;

/// <summary>The fuzz entry: one target per parser of hostile bytes. README.md says how to run it.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Length == 0 || FuzzTarget.Find(args[0]) is not { } target)
        {
            Console.Error.WriteLine($"usage: Sluice.Fuzz {string.Join('|', FuzzTarget.All.Select(t => t.Name))} [--smoke N [SEED] | --afl]");
            return 1;
        }

        switch (args.ElementAtOrDefault(1))
        {
            case "--smoke":
                int runs = int.Parse(args[2], CultureInfo.InvariantCulture);
                int seed = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : Environment.TickCount;
                Console.WriteLine($"{target.Name}: {runs} mutations, seed {seed}");
                SmokeRun.Run(target, runs, seed);
                break;
            case "--afl":
                Fuzzer.OutOfProcess.Run((Stream input) =>
                {
                    using var bytes = new MemoryStream();
                    input.CopyTo(bytes);
                    target.Check(bytes.ToArray());
                });
                break;
            default:
                Fuzzer.LibFuzzer.Run(bytes => target.Check(bytes));
                break;
        }

        return 0;
    }
}
