using System.Diagnostics;

namespace Sluice.Tokens.Tests.Kit;

/// <summary>The <c>openssl</c> program: keys and signatures of somebody else's code.</summary>
internal static class OpenSsl
{
    /// <summary>Runs it in a folder, and returns what it writes to standard output.</summary>
    public static async Task<byte[]> RunAsync(string folder, byte[] input, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("openssl", arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var output = new MemoryStream();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        await process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"openssl {string.Join(' ', arguments)}: {await errors}");
        return output.ToArray();
    }
}
