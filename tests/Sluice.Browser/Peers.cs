using System.Diagnostics;

namespace Sluice.Browser;

/// <summary>The clients that others wrote. Each is started when the first scenario asks for it, and lives until the last one ends.</summary>
public sealed class Peers : IAsyncDisposable
{
    /// <summary>Names of the peers that run every common scenario.</summary>
    public const string Npm = "npm ws";

    /// <inheritdoc cref="Npm"/>
    public const string Chromium = "chromium";

    /// <summary>How npm says that the network, not the packages, is what is missing.</summary>
    private static readonly string[] NoRegistry =
    [
        "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH", "EIDLETIMEOUT",
        "ERR_SOCKET_TIMEOUT", "code E502", "code E503", "code E504", "network timeout at: ", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    ];

    /// <summary>npm gives up by itself before: a registry that takes a connection and says nothing costs it some minutes.</summary>
    private static readonly TimeSpan InstallPatience = TimeSpan.FromMinutes(10);

    private static readonly string[] BrowserNames = ["chromium", "chromium-browser"];

    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-browser").FullName;
    private readonly Dictionary<string, NodePeer> _running = new(StringComparer.Ordinal);
    private bool _installed;
    private string? _noRegistry;

    /// <summary>The peer of this name, as if it had just been started.</summary>
    internal async Task<NodePeer> GetAsync(string name)
    {
        if (_running.TryGetValue(name, out NodePeer? peer) && peer.IsLost)
        {
            _running.Remove(name);
            await peer.DisposeAsync();
            peer = null;
        }

        if (peer is null)
        {
            string[] command = name == Npm ? ["ws.js"] : ["chromium.js", Find(BrowserNames)];
            peer = NodePeer.Start(Find("node"), await InstallAsync(), command);
            _running.Add(name, peer);
        }

        await peer.DoAsync(new { @do = "reset" });
        return peer;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (NodePeer peer in _running.Values)
        {
            await peer.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Path of the first of these programs that the system has; without one the scenario is skipped.</summary>
    internal static string Find(params string[] names)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        string? found = names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, $"{names[0]} is not installed");
        return found;
    }

    /// <summary>A copy of the folder node with the packages that its lock file names.</summary>
    private async Task<string> InstallAsync()
    {
        if (_installed)
        {
            return _folder;
        }

        // Asking once is enough: each scenario would wait for it anew.
        Assert.SkipWhen(_noRegistry is not null, _noRegistry ?? "");
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "node")))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)), overwrite: true);
        }

        using Process install = Process.Start(new ProcessStartInfo(
            Find("npm"), ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", "--fetch-timeout=60000"])
        {
            WorkingDirectory = _folder,
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        Task<string> output = install.StandardOutput.ReadToEndAsync();
        string errors;
        try
        {
            errors = await install.StandardError.ReadToEndAsync().WaitAsync(InstallPatience);
        }
        catch (TimeoutException)
        {
            // It must not write into the folder of the next attempt.
            install.Kill(entireProcessTree: true);
            throw;
        }

        await install.WaitForExitAsync();
        if (install.ExitCode != 0 && NoRegistry.Any(code => errors.Contains(code, StringComparison.Ordinal)))
        {
            _noRegistry = $"no npm registry can be reached: {errors}";
            Assert.Skip(_noRegistry);
        }

        Assert.True(install.ExitCode == 0, $"npm ci: {errors}{await output}");
        _installed = true;
        return _folder;
    }
}
