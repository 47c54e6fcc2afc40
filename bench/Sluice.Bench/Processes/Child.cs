using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sluice.Bench.Processes;

/// <summary>A process started by this run and pinned to one core. It is killed by its id on dispose, or when the run ends.</summary>
internal sealed partial class Child : IAsyncDisposable
{
    private const int StopSignal = 19;
    private const int ContinueSignal = 18;
    private static readonly ConcurrentDictionary<int, Child> Living = new();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _name;
    private readonly Process _process;
    private readonly LastWords _errors;

    private Child(string name, Process process)
    {
        _name = name;
        _process = process;
        _errors = new LastWords(process.StandardError);
    }

    public int Id => _process.Id;

    public TimeSpan ProcessorTime => ProcessTree.ProcessorTime(Id);

    public bool HasExited => _process.HasExited;

    public static Child Start(
        string name, IReadOnlyList<string> command, int core, string temporaryFolder,
        IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        // taskset becomes the program by exec, so the id stays.
        var info = new ProcessStartInfo("taskset", ["-c", $"{core}", .. command])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment["TMPDIR"] = temporaryFolder;   // files of a killed runtime are deleted with the folder
        foreach (var (key, value) in environment ?? [])
        {
            info.Environment[key] = value;
        }

        var process = Process.Start(info) ?? throw new BenchException($"{name} did not start");
        var child = new Child(name, process);
        Living[process.Id] = child;
        return child;
    }

    /// <summary>Kills all processes after an unexpected end.</summary>
    public static void EndAll()
    {
        foreach (var child in Living.Values)
        {
            child.Kill();
        }
    }

    /// <summary>Stops the process until <see cref="Resume"/>, so that it uses no processor time.</summary>
    public void Pause() => _ = Signal(Id, StopSignal);

    public void Resume() => _ = Signal(Id, ContinueSignal);

    public async Task<string> ReadLineAsync(CancellationToken stop)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timeout.CancelAfter(Patience);
        try
        {
            return await _process.StandardOutput.ReadLineAsync(timeout.Token) ?? throw await FailureAsync("exited early");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw await FailureAsync($"printed nothing for {Patience.TotalSeconds} s");
        }
    }

    public async Task WriteLineAsync(string line)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(line);
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            throw await FailureAsync("exited early");
        }
    }

    /// <summary>Waits for the line `ready 127.0.0.1:port`, which the programs in peers/ print when they listen.</summary>
    public async Task<string> ReadyAddressAsync(CancellationToken stop)
    {
        var line = await ReadLineAsync(stop);
        return line.StartsWith("ready ", StringComparison.Ordinal) ? line[6..] : throw await FailureAsync($"printed '{line}'");
    }

    /// <summary>From here on, reads and drops the output as cheaply as possible, because a measurement runs at the same time.</summary>
    public void DropOutput() => _ = DropOutputAsync();

    public async Task<BenchException> FailureAsync(string what)
    {
        await Task.Delay(100);   // its last error output may still be on its way
        var words = _errors.ToString();
        var status = _process.HasExited ? $" (exit status {_process.ExitCode})" : "";
        return new BenchException($"{_name} {what}{status}{(words.Length > 0 ? ": " + words : "")}");
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _process.WaitForExitAsync();
        Living.TryRemove(_process.Id, out _);
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);

    private void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It exited by itself.
        }
    }

    private async Task DropOutputAsync()
    {
        try
        {
            await _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The process was killed.
        }
    }
}
