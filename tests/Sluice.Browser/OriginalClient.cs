using System.Diagnostics;

namespace Sluice.Browser;

/// <summary>Runs go/client.go, built once against Debian's gorilla/websocket.</summary>
public sealed class OriginalClient : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-original").FullName;

    private string Binary => Path.Combine(_folder, "client");

    /// <summary>Runs the client to its end and returns the lines that it printed.</summary>
    public async Task<string[]> RunAsync(params string[] arguments)
    {
        if (!File.Exists(Binary))
        {
            Assert.SkipUnless(
                Directory.Exists("/usr/share/gocode/src/github.com/gorilla/websocket"),
                "Debian's golang-github-gorilla-websocket-dev is not installed");
            string source = Path.Combine(AppContext.BaseDirectory, "go", "client.go");
            await RunAsync(Peers.Find("go"), ["build", "-o", Binary, source]);
        }

        return (await RunAsync(Binary, arguments)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        start.Environment["GO111MODULE"] = "off";
        start.Environment["GOPATH"] = "/usr/share/gocode";
        start.Environment["GOFLAGS"] = "-p=2";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(NodePeer.Patience);
        await process.WaitForExitAsync().WaitAsync(NodePeer.Patience);
        Assert.True(process.ExitCode == 0, $"{Path.GetFileName(program)} {string.Join(' ', arguments)}: {output}{await errors}");
        return output;
    }
}
