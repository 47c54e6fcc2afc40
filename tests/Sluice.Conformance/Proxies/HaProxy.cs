using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Sockets;

namespace Sluice.Conformance.Proxies;

/// <summary>A real HAProxy process with one listener for the test.</summary>
internal sealed class HaProxy : IAsyncDisposable
{
    /// <summary>Debian's path, which is not on every user's PATH.</summary>
    private const string Debian = "/usr/sbin/haproxy";

    private readonly string _folder;
    private readonly Process _process;

    private HaProxy(string folder, Process process, IPEndPoint endPoint)
    {
        _folder = folder;
        _process = process;
        EndPoint = endPoint;
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Starts HAProxy and waits until it listens.</summary>
    /// <param name="bind">Options of the listener's bind line.</param>
    /// <param name="section">The lines of the listener after its bind line.</param>
    /// <param name="address">The address that the listener binds to. The port is chosen here.</param>
    public static async Task<HaProxy> StartAsync(string bind, string section, IPAddress address)
    {
        string folder = Directory.CreateTempSubdirectory("sluice-haproxy-").FullName;
        int port = FreePort.Take(address);
        int ready = FreePort.Take(IPAddress.Loopback);
        string file = Path.Combine(folder, "haproxy.cfg");

        // HAProxy binds all listeners before it accepts on any, UNIX sockets in an order of its own. A response from the second listener
        // means that all are bound.
        await File.WriteAllTextAsync(file, $"""
            global
                nbthread 1
                maxconn 100
            defaults
                timeout connect 30s
                timeout client 60s
                timeout server 60s
                unique-id-format %ci-%cp-%pid
            listen tested
                bind {new IPEndPoint(address, port)} {bind}
            {section}
            listen ready
                mode http
                bind 127.0.0.1:{ready}

            """);
        var start = new ProcessStartInfo(File.Exists(Debian) ? Debian : "haproxy", ["-db", "-f", file])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        Process process = Process.Start(start)!;
        var proxy = new HaProxy(folder, process, new IPEndPoint(address, port));
        await proxy.WaitUntilReadyAsync(ready);
        return proxy;
    }

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(EndPoint);
        return socket;
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

    private async Task WaitUntilReadyAsync(int port)
    {
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < SocketExtensions.Patience;)
        {
            if (_process.HasExited)
            {
                Assert.Fail($"haproxy ended: {await _process.StandardError.ReadToEndAsync()}");
            }

            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port);
                await socket.SendAllAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());
                await socket.ReceiveExactlyAsync(1);
                return;
            }
            catch (SocketException)
            {
                await Task.Yield();
            }
        }

        Assert.Fail("haproxy does not listen");
    }
}
