using System.Runtime.InteropServices;
using Sluice.Bench;
using Sluice.Bench.Processes;

// bench/run builds everything and starts this program. It reads its options, runs the works one after another and prints the tables. It
// never leaves a started process or a temporary folder.
if (args.Length == 0 || args.Contains("--help", StringComparer.Ordinal))
{
    Console.WriteLine(Usage.Text);
    return args.Length == 0 ? 1 : 0;
}

using var stop = new CancellationTokenSource();
void OnSignal(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
try
{
    var options = BenchOptions.Parse(args);
    return await new BenchRun(options, stop.Token).RunAsync();
}
catch (BenchException exception)
{
    await Console.Error.WriteLineAsync($"bench: {exception.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("bench: stopped");
    return 130;
}
finally
{
    Child.EndAll();
}
