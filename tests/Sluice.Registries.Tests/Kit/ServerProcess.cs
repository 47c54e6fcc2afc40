using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Sluice.Registries.Tests.Kit;

/// <summary>A real server that a test starts, ends, freezes and starts again. It never outlives the test.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _program;
    private readonly string[] _arguments;
    private readonly StringBuilder _said = new();
    private Process? _process;

    private ServerProcess(string program, string[] arguments)
    {
        _program = program;
        _arguments = arguments;
    }

    /// <summary>Starts a program and waits until it answers.</summary>
    public static async Task<ServerProcess> StartAsync(string program, string[] arguments, Func<Task<bool>> answers)
    {
        var server = new ServerProcess(program, arguments);
        await server.StartAsync(answers);
        return server;
    }

    /// <summary>Starts it again, with the arguments that it had.</summary>
    public async Task StartAsync(Func<Task<bool>> answers)
    {
        _process = Process.Start(Redirected(_program, _arguments))!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var waited = Stopwatch.StartNew();
        while (!await answers())
        {
            if (_process.HasExited || waited.Elapsed > Patience)
            {
                string said;
                lock (_said)
                {
                    said = _said.ToString();
                }

                await DisposeAsync();
                throw new InvalidOperationException($"{_program} did not come up; it said:\n{said}");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Ends it as a crash does.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>Its connections stay open, but it says nothing more.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>Goes on after <see cref="FreezeAsync"/>.</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(Redirected(program, arguments))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, await output + await errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
        {
            return;
        }

        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _process = null;
    }

    private static ProcessStartInfo Redirected(string program, string[] arguments) =>
        new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };

    private async Task SignalAsync(string name)
    {
        (int exitCode, _) = await RunAsync("kill", "-" + name, _process!.Id.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(0, exitCode);
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_said)
        {
            _said.AppendLine(line.Data);
        }
    }
}
