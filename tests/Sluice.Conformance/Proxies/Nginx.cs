using System.Diagnostics;
using System.Net;
using Sluice.Testing.Sockets;

namespace Sluice.Conformance.Proxies;

/// <summary>A real nginx process that relays streams to one gateway.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    /// <summary>Debian's path, which is not on every user's PATH.</summary>
    private const string Debian = "/usr/sbin/nginx";

    private readonly string _folder;
    private readonly Process _process;

    private Nginx(string folder, Process process)
    {
        _folder = folder;
        _process = process;
    }

    public string UnixSocket => Path.Combine(_folder, "nginx.sock");

    /// <summary>Starts nginx and waits until it listens.</summary>
    /// <param name="listen">The address and options of its listener. <c>UNIX</c> stands for its UNIX socket.</param>
    /// <param name="gate">The gateway to relay to.</param>
    /// <param name="directives">More lines of its server block.</param>
    public static async Task<Nginx> StartAsync(string listen, IPEndPoint gate, string directives = "")
    {
        string folder = Directory.CreateTempSubdirectory("sluice-nginx-").FullName;
        string file = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(file, $$"""
            load_module /usr/lib/nginx/modules/ngx_stream_module.so;
            daemon off;
            master_process off;
            pid {{folder}}/nginx.pid;
            error_log stderr notice;
            events { worker_connections 64; }
            stream {
                server {
                    listen {{listen.Replace("UNIX", $"unix:{folder}/nginx.sock", StringComparison.Ordinal)}};
                    proxy_pass {{gate}};
                    proxy_protocol on;
                    {{directives}}
                }
            }

            """);
        var start = new ProcessStartInfo(File.Exists(Debian) ? Debian : "nginx", ["-p", folder, "-c", file, "-e", "stderr"])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        Process process = Process.Start(start)!;
        await ReadUntilServingAsync(process);
        return new Nginx(folder, process);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Returns when nginx logs its event method. By then its listeners are bound.</summary>
    private static async Task ReadUntilServingAsync(Process process)
    {
        var read = new List<string>();
        while (await process.StandardError.ReadLineAsync().WaitAsync(SocketExtensions.Patience) is { } line)
        {
            read.Add(line);
            if (line.Contains("using the \"", StringComparison.Ordinal))
            {
                // Keeps reading, because a full pipe would block nginx.
                _ = process.StandardError.ReadToEndAsync();
                return;
            }
        }

        Assert.Fail($"nginx ended: {string.Join('\n', read)}");
    }
}
