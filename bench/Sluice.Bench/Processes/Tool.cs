using System.Diagnostics;

namespace Sluice.Bench.Processes;

/// <summary>Runs a program to its end and returns its output, such as its version.</summary>
internal static class Tool
{
    public static async Task<string> OutputAsync(string program, IReadOnlyList<string> arguments, CancellationToken stop)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new BenchException($"{program} did not start");
        var output = process.StandardOutput.ReadToEndAsync(stop);
        var errors = process.StandardError.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        return await output + await errors;
    }
}
