using System.Diagnostics;
using Sluice.Bench.Processes;
using Sluice.Bench.Works;

namespace Sluice.Bench.Peers;

/// <summary>nginx with its stream module: one process, 16 KiB buffers, no log. It cannot splice.</summary>
internal sealed class NginxPeer : Peer
{
    public override string Name => "nginx";

    public override IReadOnlyList<string> Programs => ["nginx"];

    public override bool CanDo(Work work) => !work.ZeroCopy;

    public override async Task<string?> VersionAsync(Toolbox tools, CancellationToken stop) =>
        (await Tool.OutputAsync("nginx", ["-v"], stop)).Split('/', 2) is [_, var version] ? $"nginx {version.Trim()}" : null;

    public override async Task<Relay> StartAsync(RelayPlace place, CancellationToken stop)
    {
        var port = FreePort.Take();
        var file = Path.Combine(place.Folder, "nginx.conf");
        await File.WriteAllTextAsync(file, Configuration(port, place), stop);
        var started = Stopwatch.GetTimestamp();
        var process = Child.Start(Name, ["nginx", "-p", place.Folder, "-e", "stderr", "-c", file], place.Core, place.Folder);
        process.DropOutput();
        return await Relay.WhenItAcceptsAsync(process, port, started, stop);
    }

    private static string Configuration(int port, RelayPlace place) => $$"""
        {{(place.Tools.NginxStreamModule is { } module ? $"load_module {module};" : "")}}
        daemon off;
        master_process off;
        worker_processes 1;
        worker_rlimit_nofile 20000;
        pid {{place.Folder}}/nginx.pid;
        error_log stderr crit;
        events {
            worker_connections 16384;
        }
        stream {
            access_log off;
            proxy_buffer_size 16k;
            proxy_connect_timeout 10s;
            proxy_timeout 1d;
            server {
                listen 127.0.0.1:{{port}} backlog=4096;
                proxy_pass {{place.Backend}};
            }
        }

        """;
}
