using System.Diagnostics;
using System.Net;

namespace Sluice.Interop;

/// <summary>A program from the examples folder, started as the README shows. It never outlives the test.</summary>
internal sealed class ExampleProgram : IDisposable
{
    private readonly Process _process;

    private ExampleProgram(Process process) => _process = process;

    /// <summary>Starts a server on a free port and returns its address.</summary>
    public static async Task<(ExampleProgram Program, IPEndPoint EndPoint)> StartServerAsync(string name)
    {
        var server = new ExampleProgram(Start(name, "0"));
        string line = await server._process.StandardOutput.ReadLineAsync().WaitAsync(GatewayWorld.Patience) ?? "";
        Assert.StartsWith("listening on ", line, StringComparison.Ordinal);
        return (server, IPEndPoint.Parse(line["listening on ".Length..]));
    }

    /// <summary>Runs a client to its end.</summary>
    public static async Task<(int ExitCode, string[] Output)> RunAsync(string name, params string[] arguments)
    {
        using var program = new ExampleProgram(Start(name, arguments));
        string output = await program._process.StandardOutput.ReadToEndAsync().WaitAsync(GatewayWorld.Patience);
        await program._process.WaitForExitAsync().WaitAsync(GatewayWorld.Patience);
        return (program._process.ExitCode, output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static Process Start(string name, params string[] arguments)
    {
        string host = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? $"{name}.exe" : name);
        return Process.Start(new ProcessStartInfo(host, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
    }
}
