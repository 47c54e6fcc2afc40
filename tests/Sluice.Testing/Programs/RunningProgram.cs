using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Threading.Channels;

namespace Sluice.Testing.Programs;

/// <summary>The built program, started as a user starts it. Reads its output continuously; the program never outlives the test.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    /// <summary>Only ends a hung test. Nothing takes nearly as long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<string> _output = Channel.CreateUnbounded<string>();
    private readonly Channel<string> _errors = Channel.CreateUnbounded<string>();
    private readonly Task _reading;

    private RunningProgram(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, _output.Writer), ReadAsync(process.StandardError, _errors.Writer));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts the program in a folder, with additional environment variables.</summary>
    public static RunningProgram Start(string folder, IReadOnlyList<string> arguments, params (string Name, string Value)[] environment) =>
        Start(Host, folder, arguments, environment);

    /// <summary>Starts <c>run</c> with a limit on descriptors and waits for its <c>ready</c> line. Linux and macOS only.</summary>
    public static Task<(RunningProgram Program, IPEndPoint Tcp, string Ready)> ServeWithDescriptorsAsync(
        string folder, int descriptors, params string[] settings) =>
        WhenReadyAsync(StartWithDescriptors(folder, descriptors, settings));

    /// <summary>Runs <c>run</c> with a limit on descriptors until it exits.</summary>
    public static async Task<(int ExitCode, string[] Output, string[] Errors)> RunWithDescriptorsAsync(
        string folder, int descriptors, params string[] settings)
    {
        await using RunningProgram program = StartWithDescriptors(folder, descriptors, settings);
        return (await program.ExitAsync(), await program.RestAsync(program._output), await program.RestAsync(program._errors));
    }

    private static RunningProgram StartWithDescriptors(string folder, int descriptors, string[] settings) =>
        Start("bash", folder, ["-c", $"ulimit -n {descriptors} && exec \"$0\" \"$@\"", Host, .. RunArguments(settings)]);

    /// <summary>Starts <c>run</c> with shell redirections. Linux and macOS only.</summary>
    public static RunningProgram StartIn(string folder, string redirection, params string[] settings) =>
        Start("bash", folder, ["-c", $"exec \"$0\" \"$@\" {redirection}", Host, .. RunArguments(settings)]);

    private static string Host => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "sluice.exe" : "sluice");

    /// <summary>
    /// Disables the admin endpoint. Tests run in parallel, so none uses its default port. A test that sets an admin setting gets the
    /// endpoint.
    /// </summary>
    public static string[] WithoutAdmin { get; } = ["--set", "admin.enabled=false"];

    private static string[] RunArguments(string[] settings) =>
    [
        "run", "--config", Repository.OriginalConfiguration,
        "--set", "tcpgate.port=0", "--set", "tcpgate.bind=127.0.0.1", "--set", "kcpgate.port=0", "--set", "kcpgate.bind=127.0.0.1",
        "--set", "wsgate.port=0", "--set", "wsgate.bind=127.0.0.1",

        // On a machine that stalls for a while, a test's client must not be rejected for sending its key late.
        .. settings.Any(setting => setting.StartsWith("common.connect_timeout=", StringComparison.Ordinal))
            ? []
            : (string[])["--set", "common.connect_timeout=60"],
        .. settings.Any(setting => setting.StartsWith("admin.", StringComparison.Ordinal)) ? [] : WithoutAdmin,
        .. settings.SelectMany(setting => new[] { "--set", setting }),
    ];

    private static RunningProgram Start(
        string host, string folder, IReadOnlyList<string> arguments, params (string Name, string Value)[] environment)
    {
        // A script's background job inherits an ignored SIGINT, and programs rightly keep ignoring it.
        (string program, IEnumerable<string> words) =
            OperatingSystem.IsLinux() ? ("env", ["--default-signal=INT", host, .. arguments]) : (host, (IEnumerable<string>)arguments);
        var start = new ProcessStartInfo(program, words)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new RunningProgram(process);
    }

    /// <summary>Runs the program until it exits.</summary>
    public static async Task<(int ExitCode, string[] Output, string[] Errors)> RunAsync(string folder, params string[] arguments)
    {
        await using RunningProgram program = Start(folder, arguments);
        return (await program.ExitAsync(), await program.RestAsync(program._output), await program.RestAsync(program._errors));
    }

    /// <summary>Starts <c>run</c> on a free loopback port and waits for its <c>ready</c> line.</summary>
    public static Task<(RunningProgram Program, IPEndPoint Tcp, string Ready)> ServeAsync(string folder, params string[] settings) =>
        WhenReadyAsync(Start(folder, RunArguments(settings)));

    private static async Task<(RunningProgram Program, IPEndPoint Tcp, string Ready)> WhenReadyAsync(RunningProgram program)
    {
        try
        {
            string ready = await program.OutputAsync(line => line.StartsWith("ready ", StringComparison.Ordinal));
            string tcp = ready.Split(' ').Single(part => part.StartsWith("tcp=", StringComparison.Ordinal))["tcp=".Length..];
            return (program, IPEndPoint.Parse(tcp), ready);
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns the next matching line of standard output.</summary>
    public Task<string> OutputAsync(Func<string, bool> fits) => NextAsync(_output, fits);

    /// <summary>Returns the next matching line of standard error.</summary>
    public Task<string> ErrorAsync(Func<string, bool> fits) => NextAsync(_errors, fits);

    /// <summary>Sends a signal, as <c>kill</c> does.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Waits for the program to exit and returns its exit code.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        await _reading.WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static async Task ReadAsync(StreamReader from, ChannelWriter<string> to)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            await to.WriteAsync(line);
        }

        to.Complete();
    }

    private async Task<string[]> RestAsync(Channel<string> lines)
    {
        await _reading.WaitAsync(Patience);
        return await lines.Reader.ReadAllAsync().ToArrayAsync();
    }

    private static async Task<string> NextAsync(Channel<string> lines, Func<string, bool> fits)
    {
        using var patience = new CancellationTokenSource(Patience);
        var seen = new List<string>();
        await foreach (string line in lines.Reader.ReadAllAsync(patience.Token))
        {
            seen.Add(line);
            if (fits(line))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"The program ended without the expected line. Its output:\n{string.Join('\n', seen)}");
    }
}
