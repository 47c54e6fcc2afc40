using Sluice.Bench.Peers;

namespace Sluice.Bench;

/// <summary>Locates the programs. Reports missing ones before anything runs.</summary>
internal sealed record Toolbox(string Artifacts, string? NginxStreamModule, string? Sluice)
{
    private static readonly string[] NginxModulePlaces =
    [
        "/usr/lib/nginx/modules/ngx_stream_module.so",
        "/usr/lib64/nginx/modules/ngx_stream_module.so",
        "/usr/share/nginx/modules/ngx_stream_module.so",
    ];

    public string Load => Built("load");

    public string Backend => Built("backend");

    public string Relay => Built("relay");

    public string Closer => Built("closer");

    /// <summary>Relay, load and backend of the KCP benchmark in one program.</summary>
    public string Kcp => Built("kcp");

    public string Kestrel => Built("kestrel/KestrelRelay");

    public static Toolbox Find(BenchOptions options, IReadOnlyList<Peer> peers)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new BenchException("the benchmark needs Linux");
        }

        if (Math.Max(options.RelayCore, options.LoadCore) >= ProcessorCount())
        {
            throw new BenchException("the benchmark needs two processors; see --relay-core and --load-core");
        }

        var missing = new List<string>();
        foreach (var program in peers.SelectMany(peer => peer.Programs).Append("taskset").Distinct(StringComparer.Ordinal))
        {
            if (OnPath(program) is null)
            {
                missing.Add(program);
            }
        }

        if (missing.Count > 0)
        {
            throw new BenchException($"missing: {string.Join(", ", missing)}. bench/run installs missing packages if it runs as root; "
                + "otherwise install them, or leave the relay out with --peer");
        }

        var sluice = peers.OfType<SluicePeer>().Any(peer => peer.NeedsDefaultProgram) ? FindSluice(options) : null;
        return new Toolbox(options.Artifacts, NginxModulePlaces.FirstOrDefault(File.Exists), sluice);
    }

    /// <summary>Returns the command that starts Sluice: the program itself, or `dotnet` with its .dll.</summary>
    public static string[] SluiceCommand(string path)
    {
        if (!File.Exists(path))
        {
            throw new BenchException($"no sluice at {path}");
        }

        var full = Path.GetFullPath(path);
        return full.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? ["dotnet", full] : [full];
    }

    private static string FindSluice(BenchOptions options)
    {
        var path = options.SluicePath
            ?? Path.Combine(options.Root, "src", "Sluice.Daemon", "bin", "Release", "net10.0", "sluice");
        return File.Exists(path)
            ? path
            : throw new BenchException($"no sluice at {path}: build src/Sluice.Daemon in Release, name one with --sluice PATH, "
                + "or leave it out with --peer");
    }

    private string Built(string name)
    {
        var path = Path.Combine(Artifacts, name);
        return File.Exists(path) ? path : throw new BenchException($"{path} is not built; start the benchmark with bench/run");
    }

    private static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    // Environment.ProcessorCount counts the processors that this pinned process may use, which is one.
    private static int ProcessorCount() =>
        File.ReadLines("/proc/stat").Count(line => line.StartsWith("cpu", StringComparison.Ordinal) && char.IsAsciiDigit(line[3]));
}
