using System.Diagnostics;
using System.Net;
using Sluice.Testing.Sockets;

namespace Sluice.Conformance.Tls;

/// <summary>An <c>openssl s_client</c> process: its input is sent through TLS, and its output was received through TLS.</summary>
internal sealed class OpenSslClient : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private OpenSslClient(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public static OpenSslClient Start(IPEndPoint server, params string[] options) =>
        StartWithCommands(server, ["-quiet", "-no_ign_eof", .. options]);

    /// <summary>Starts the client in its interactive mode: a line that begins with R requests a renegotiation.</summary>
    public static OpenSslClient StartWithCommands(IPEndPoint server, params string[] options)
    {
        var start = new ProcessStartInfo("openssl", ["s_client", "-connect", server.ToString(), .. options])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        return new OpenSslClient(Process.Start(start)!);
    }

    public async Task SendAsync(byte[] bytes)
    {
        await _process.StandardInput.BaseStream.WriteAsync(bytes);
        await _process.StandardInput.BaseStream.FlushAsync();
    }

    public async Task<byte[]> ReceiveExactlyAsync(int count)
    {
        byte[] bytes = new byte[count];
        await _process.StandardOutput.BaseStream.ReadExactlyAsync(bytes).AsTask().WaitAsync(SocketExtensions.Patience);
        return bytes;
    }

    /// <summary>Ends the connection in order, with close_notify.</summary>
    public Task<(int ExitCode, string Errors)> EndAsync()
    {
        _process.StandardInput.Close();
        return EndedAsync();
    }

    /// <summary>Waits until the process exits by itself.</summary>
    public async Task<(int ExitCode, string Errors)> EndedAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(SocketExtensions.Patience);
        return (_process.ExitCode, await _errors);
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
}
