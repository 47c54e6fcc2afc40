using System.Diagnostics;
using Sluice.Testing.KcpGo;
using Xunit;

[assembly: AssemblyFixture(typeof(Sluice.Kcp.Tests.Interop.GoPeer))]

namespace Sluice.Kcp.Tests.Interop;

/// <summary>Runs kcp-go as the other end of a session, or without a network.</summary>
public sealed class GoPeer : IDisposable
{
    private readonly GoProgram _program = new();

    public void Require() => Assert.SkipUnless(_program.IsAvailable, GoProgram.Missing);

    public Process Start(string mode, InteropCase settings, int port) => _program.Start(
        mode, "-address", $"127.0.0.1:{port}",
        "-data", $"{settings.Data}", "-parity", $"{settings.Parity}", $"-turbo={(settings.Turbo ? "true" : "false")}", "-mtu",
        $"{settings.Mtu}",
        "-crypt", settings.Crypt, "-key", InteropCase.Passphrase);

    /// <summary>Starts a client that does these things one after the other and ends.</summary>
    public Process StartClient(InteropCase settings, int port, params string[] commands)
    {
        Process process = Start("client", settings, port);
        Give(process, commands);
        return process;
    }

    /// <summary>Runs to the end with these lines as its input.</summary>
    public string[] Run(IEnumerable<string> input, params string[] arguments)
    {
        using Process process = _program.Start(arguments);
        Give(process, input);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public void Dispose() => _program.Dispose();

    private static void Give(Process process, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            process.StandardInput.WriteLine(line);
        }

        process.StandardInput.Close();
    }
}
