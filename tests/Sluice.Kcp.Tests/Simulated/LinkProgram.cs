using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Sluice.Kcp.Tests.Simulated;

/// <summary>The built program <c>sluice-link</c>, started as an operator starts it; it never outlives the test.</summary>
internal sealed class LinkProgram : IDisposable
{
    /// <summary>Nothing takes nearly as long; it only keeps a broken program from holding up the tests for ever.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private LinkProgram(Process process) => _process = process;

    public static LinkProgram Start(params string[] arguments)
    {
        string host = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "sluice-link.exe" : "sluice-link");

        // A script that runs the tests in the background passes on an ignored SIGINT, which programs rightly honour.
        (string program, IEnumerable<string> words) =
            OperatingSystem.IsLinux() ? ("env", ["--default-signal=INT", host, .. arguments]) : (host, (IEnumerable<string>)arguments);
        return new LinkProgram(Process.Start(new ProcessStartInfo(program, words)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!);
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using LinkProgram program = Start(arguments);
        Task<string> output = program._process.StandardOutput.ReadToEndAsync();
        Task<string> errors = program._process.StandardError.ReadToEndAsync();
        return (await program.ExitAsync(), await output.WaitAsync(Patience), await errors.WaitAsync(Patience));
    }

    /// <summary>The next line of its output.</summary>
    public async Task<string> LineAsync() => await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? "the program ended";

    /// <summary>Presses Ctrl-C.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
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
}
