using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sluice.Bench.Processes;

namespace Sluice.Bench.Peers;

/// <summary>A running relay: its address for clients, the key that they send first (null = none), and the duration of its start.</summary>
internal sealed class Relay(Child process, string address, string? key, TimeSpan startTime) : IAsyncDisposable
{
    public string Address => address;

    public string? Key => key;

    /// <summary>File with the keys that clients send in turn, one per line; null = all send <see cref="Key"/>.</summary>
    public string? KeysFile { get; init; }

    public TimeSpan StartTime => startTime;

    public TimeSpan ProcessorTime => process.ProcessorTime;

    public long ResidentBytes => ProcessTree.ResidentBytes(process.Id);

    public void Pause() => process.Pause();

    public void Resume() => process.Resume();

    /// <summary>Starts one of this benchmark's own relays, which print `ready` and their address.</summary>
    public static async Task<Relay> WhenItIsReadyAsync(Func<Child> start, string? key, CancellationToken stop)
    {
        var started = Stopwatch.GetTimestamp();
        var process = start();
        try
        {
            var address = await process.ReadyAddressAsync(stop);
            return new Relay(process, address, key, Stopwatch.GetElapsedTime(started));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until a client can connect, for relays that do not report when they are ready.</summary>
    public static async Task<Relay> WhenItAcceptsAsync(Child process, int port, long started, CancellationToken stop)
    {
        while (!process.HasExited && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10))
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), stop);
                return new Relay(process, $"127.0.0.1:{port}", key: null, Stopwatch.GetElapsedTime(started));
            }
            catch (SocketException)
            {
                await Task.Delay(1, stop);
            }
        }

        var failure = await process.FailureAsync("does not accept");
        await process.DisposeAsync();
        throw failure;
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
