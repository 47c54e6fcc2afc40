using System.Diagnostics;

namespace Sluice.Browser;

/// <summary>The clients written by others. Each starts when the first scenario needs it and lives until the last one ends.</summary>
public sealed class Peers : IAsyncDisposable
{
    /// <summary>Names of the peers that run every common scenario.</summary>
    public const string Npm = "npm ws";

    /// <inheritdoc cref="Npm"/>
    public const string Chromium = "chromium";

    /// <summary>Texts in npm's errors that mean that the network failed, not a package.</summary>
    private static readonly string[] NoRegistry =
    [
        "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH", "EIDLETIMEOUT",
        "ERR_SOCKET_TIMEOUT", "code E502", "code E503", "code E504", "network timeout at: ",
        "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    ];

    /// <summary>
    /// Only ends a hung test. npm itself stops earlier: a registry that accepts the connection and stays silent takes it some minutes.
    /// </summary>
    private static readonly TimeSpan InstallPatience = TimeSpan.FromMinutes(10);

    private static readonly string[] BrowserNames = ["chromium", "chromium-browser"];

    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-browser").FullName;
    private readonly Dictionary<string, NodePeer> _running = new(StringComparer.Ordinal);
    private bool _installed;
    private string? _noRegistry;

    /// <summary>Returns the peer of this name, reset to its initial state.</summary>
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

    /// <summary>Returns the path of the first of these programs that is installed. Skips the scenario if none is.</summary>
    internal static string Find(params string[] names)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        string? found = names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, $"{names[0]} is not installed");
        return found;
    }

    /// <summary>Copies the node folder and installs the packages in its lock file.</summary>
    private async Task<string> InstallAsync()
    {
        if (_installed)
        {
            return _folder;
        }

        // One attempt is enough. Otherwise each scenario would wait for the registry again.
        Assert.SkipWhen(_noRegistry is not null, _noRegistry ?? "");
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "node")))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)), overwrite: true);
        }

        using Process install = Process.Start(new ProcessStartInfo(
            Find("npm"),
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", "--fetch-timeout=60000"])
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
            // Otherwise it might write into the folder during the next attempt.
            install.Kill(entireProcessTree: true);
            throw;
        }

        await install.WaitForExitAsync();
        if (install.ExitCode != 0 && NoRegistry.Any(code => errors.Contains(code, StringComparison.Ordinal)))
        {
            _noRegistry = $"cannot reach an npm registry: {errors}";
            Assert.Skip(_noRegistry);
        }

        Assert.True(install.ExitCode == 0, $"npm ci: {errors}{await output}");
        _installed = true;
        return _folder;
    }
}
