using System.Diagnostics;
using System.Net;
using Sluice.Testing.Sockets;

namespace Sluice.Conformance.Proxies;

/// <summary>The real nginx, relaying streams to one gateway.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    /// <summary>Debian's place for it, which is not on everybody's path.</summary>
    private const string Debian = "/usr/sbin/nginx";

    private readonly string _folder;
    private readonly Process _process;

    private Nginx(string folder, Process process)
    {
        _folder = folder;
        _process = process;
    }

    public string UnixSocket => Path.Combine(_folder, "nginx.sock");

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="listen">Where it listens, and options of that; <c>UNIX</c> is its UNIX socket.</param>
    /// <param name="gate">Whom it relays to.</param>
    /// <param name="directives">More lines of its server.</param>
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

    /// <summary>Its listeners are bound before it says which of the system's means it waits with.</summary>
    private static async Task ReadUntilServingAsync(Process process)
    {
        var read = new List<string>();
        while (await process.StandardError.ReadLineAsync().WaitAsync(SocketExtensions.Patience) is { } line)
        {
            read.Add(line);
            if (line.Contains("using the \"", StringComparison.Ordinal))
            {
                // Nothing more is waited for, but a full pipe would stop it.
                _ = process.StandardError.ReadToEndAsync();
                return;
            }
        }

        Assert.Fail($"nginx ended: {string.Join('\n', read)}");
    }
}
