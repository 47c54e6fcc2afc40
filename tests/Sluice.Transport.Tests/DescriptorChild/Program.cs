using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Sluice.Transport;
using Sluice.Transport.Loop;
using Sluice.Transport.Platform;
using Sluice.Transport.Sockets;
using Sluice.Transport.Tcp;

namespace Sluice.DescriptorChild;

/// <summary>
/// An echo server that allows itself only so many more descriptors. It says what happens line by line, and is told what to do in the same
/// way:
/// <c>watch</c> counts the turns of the loop and the CPU time over a second of timers, the end of the input ends the program.
/// </summary>
internal static partial class Program
{
    private const int NumberOfFilesLimit = 7;

    private static async Task Main(string[] args)
    {
        PollerKind poller = Enum.Parse<PollerKind>(args[0]);
        int room = int.Parse(args[1]);
        var time = new CountingTime();
        using var loop = EventLoopFactory.Create(new EventLoopOptions { Poller = poller, TimeProvider = time }, new LineLogger());
        loop.Start();
        TcpServer server = await TcpServer.StartAsync(
            [loop], new IPEndPoint(IPAddress.Loopback, 0), new TcpListenOptions(), Echo.Serve, new LineLogger());

        // Once each, so that nothing has to be loaded when no descriptor is left; and threads enough,
        // since the runtime wants two descriptors to start one, and ends the process where it cannot.
        TextReader input = Console.In;
        WarmUpThreads();
        await WarmUpAsync(server.LocalEndPoint);
        await WatchAsync(loop, time);
        Limit(room);
        Console.WriteLine($"port {server.LocalEndPoint.Port}");
        while (await input.ReadLineAsync() is not null)
        {
            await WatchAsync(loop, time);
        }
    }

    private static void WarmUpThreads()
    {
        const int Threads = 8;
        ThreadPool.SetMinThreads(Threads, Threads);
        using var all = new Barrier(Threads + 1);
        for (int i = 0; i < Threads; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => all.SignalAndWait(), null);
        }

        all.SignalAndWait();
    }

    private static async Task WarmUpAsync(IPEndPoint endPoint)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(endPoint);
        await client.SendAsync(new byte[1]);
        await client.ReceiveAsync(new byte[1]);
        client.Shutdown(SocketShutdown.Send);
        await client.ReceiveAsync(new byte[1]);
        try
        {
            throw new SocketException((int)SocketError.TooManyOpenSockets);
        }
        catch (SocketException failure)
        {
            new LineLogger().Log(LogLevel.Debug, default, failure.Message, failure, static (text, _) => text);
        }
    }

    private static async Task WatchAsync(EventLoop loop, CountingTime time)
    {
        long turns = time.Readings;
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        var wall = Stopwatch.StartNew();
        var timers = new Timers();
        await loop.InvokeAsync(() => timers.Start(loop));
        await timers.Done;
        double share = (Environment.CpuUsage.TotalTime - cpu) / wall.Elapsed;
        Console.WriteLine($"watched {time.Readings - turns} turns, {share:P0} of a core");
    }

    private static unsafe void Limit(int room)
    {
        ulong[] limit = new ulong[2];
        fixed (ulong* start = limit)
        {
            if (GetResourceLimit(NumberOfFilesLimit, start) != 0)
            {
                throw new InvalidOperationException("getrlimit failed");
            }

            // The limit is one above the highest number that may be given out, and lower numbers may be free.
            HashSet<int> taken = [.. Directory.GetFileSystemEntries("/proc/self/fd").Select(path => int.Parse(Path.GetFileName(path)))];
            int number = 0;
            for (int free = 0; free < room; number++)
            {
                free += taken.Contains(number) ? 0 : 1;
            }

            limit[0] = (ulong)number;
            if (SetResourceLimit(NumberOfFilesLimit, start) != 0)
            {
                throw new InvalidOperationException("setrlimit failed");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static unsafe partial int GetResourceLimit(int resource, ulong* limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static unsafe partial int SetResourceLimit(int resource, ulong* limit);

    private sealed class Echo(TcpConnection connection) : IConnectionHandler
    {
        public static void Serve(TcpConnection connection)
        {
            connection.Handler = new Echo(connection);
            connection.Resume();
        }

        public void Received(Span<byte> data) => connection.Write(data);

        public void Writable()
        {
        }

        public void Finished() => connection.Close();

        public void Lost(SocketError error)
        {
        }
    }

    private sealed class Timers : ITimerTarget
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private EventLoop? _loop;
        private int _left = 10;

        public Task Done => _done.Task;

        public bool Start(EventLoop loop)
        {
            _loop = loop;
            loop.Schedule(this, 100);
            return true;
        }

        public void TimerDue(int kind)
        {
            if (--_left == 0)
            {
                _done.SetResult();
            }
            else
            {
                _loop!.Schedule(this, 100);
            }
        }
    }

    /// <summary>Counts how often the clock is read: once per turn.</summary>
    private sealed class CountingTime : TimeProvider
    {
        private long _readings;

        public long Readings => Interlocked.Read(ref _readings);

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _readings);
            return base.GetTimestamp();
        }
    }

    private sealed class LineLogger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Console.WriteLine($"log {eventId.Id} {logLevel} {formatter(state, exception)}");
    }
}
