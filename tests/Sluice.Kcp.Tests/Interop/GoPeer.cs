using System.Diagnostics;
using Xunit;

[assembly: AssemblyFixture(typeof(Sluice.Kcp.Tests.Interop.GoPeer))]

namespace Sluice.Kcp.Tests.Interop;

/// <summary>Builds the Go program beside the tests once, against Debian's kcp-go, and runs it.</summary>
public sealed class GoPeer : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-kcp-peer").FullName;

    public GoPeer()
    {
        if (!File.Exists("/usr/share/gocode/src/github.com/xtaci/kcp-go/kcp.go"))
        {
            return;
        }

        var start = new ProcessStartInfo("go", ["build", "-o", Binary, Path.Combine(AppContext.BaseDirectory, "Peer", "peer.go")])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        start.Environment["GO111MODULE"] = "off";
        start.Environment["GOPATH"] = "/usr/share/gocode";
        start.Environment["GOFLAGS"] = "-p=2";
        using Process build = Process.Start(start)!;
        string errors = build.StandardError.ReadToEnd();
        build.WaitForExit();
        IsAvailable = build.ExitCode == 0 ? true : throw new InvalidOperationException($"go build: {errors}");
    }

    public bool IsAvailable { get; }

    private string Binary => Path.Combine(_folder, "peer");

    public void Require() => Assert.SkipUnless(IsAvailable, "Debian's golang-github-xtaci-kcp-dev is not installed");

    public Process Start(string mode, InteropCase settings, int port, params string[] more)
    {
        string[] arguments =
        [
            mode, "-address", $"127.0.0.1:{port}",
            "-data", $"{settings.Data}", "-parity", $"{settings.Parity}", $"-turbo={(settings.Turbo ? "true" : "false")}", "-mtu", $"{settings.Mtu}",
            "-crypt", settings.Crypt, "-key", InteropCase.Passphrase, .. more,
        ];
        return Process.Start(new ProcessStartInfo(Binary, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true })!;
    }

    /// <summary>Runs to the end with these lines as its input.</summary>
    public string[] Run(IEnumerable<string> input, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Binary, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true })!;
        foreach (string line in input)
        {
            process.StandardInput.WriteLine(line);
        }

        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
