using System.Diagnostics;

namespace Sluice.Testing.KcpGo;

/// <summary>The Go program in this folder, built once against Debian's kcp-go from the sources next to the tests.</summary>
internal sealed class GoProgram : IDisposable
{
    /// <summary>The reason for skipping a test if the Debian package is missing.</summary>
    public const string Missing = "Debian's golang-github-xtaci-kcp-dev is not installed";

    private const string Packages = "/usr/share/gocode";

    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-kcp-go").FullName;

    public GoProgram()
    {
        if (!File.Exists(Path.Combine(Packages, "src/github.com/xtaci/kcp-go/kcp.go")))
        {
            return;
        }

        string[] sources = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "KcpGo"), "*.go");
        var start = new ProcessStartInfo("go", ["build", "-o", Binary, .. sources])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        start.Environment["GO111MODULE"] = "off";
        start.Environment["GOPATH"] = Packages;
        start.Environment["GOFLAGS"] = "-p=2";
        using Process build = Process.Start(start)!;
        string errors = build.StandardError.ReadToEnd();
        build.WaitForExit();
        IsAvailable = build.ExitCode == 0 ? true : throw new InvalidOperationException($"go build: {errors}");
    }

    /// <summary>Whether the program could be built.</summary>
    public bool IsAvailable { get; }

    private string Binary => Path.Combine(_folder, "peer");

    /// <summary>Starts the program. Its input and output belong to the caller.</summary>
    public Process Start(params IEnumerable<string> arguments) => Process.Start(new ProcessStartInfo(Binary, arguments)
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardInput = true,
    })!;

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
