using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sluice.Gateway;
using Sluice.Gateway.Gates;
using Sluice.Testing.Sockets;
using Sluice.Testing.Tls;
using Sluice.Transport.Tls;
using Sluice.Transport.WebSocket;

namespace Sluice.Testing.Gateways;

/// <summary>A gateway on a free port of loopback, and clients as raw sockets.</summary>
internal sealed class GatewayWorld : IAsyncDisposable
{
    public static readonly byte[] Ok = [2, 0, 0, 0, (byte)'o', (byte)'k'];

    private static readonly TestAuthority Authority = new();
    private static readonly TlsCertificateFiles Certificate = Authority.IssueFiles("gate.test");

    private readonly SessionLog _log = new();
    private readonly Engine _engine;

    private GatewayWorld(GatewayOptions options, FakeTimeProvider? time, Engine engine)
    {
        _engine = engine;
        Time = time;
        Gateway = new SluiceGateway(options, _log);
    }

    public SluiceGateway Gateway { get; }

    public FakeTimeProvider? Time { get; }

    public IPEndPoint EndPoint => Gateway.Listeners[0].EndPoint;

    /// <param name="engine">The way to carry bytes.</param>
    /// <param name="change">Changes the options from their defaults: one loop, loopback.</param>
    /// <param name="virtualTime">Whether time stands still until the test moves it.</param>
    public static async Task<GatewayWorld> StartAsync(
        Engine engine, Func<GatewayOptions, GatewayOptions>? change = null, bool virtualTime = false)
    {
        FakeTimeProvider? time = virtualTime ? new FakeTimeProvider() : null;
        var options = new GatewayOptions
        {
            Loops = 1,
            Poller = engine.Poller,
            TimeProvider = (TimeProvider?)time ?? TimeProvider.System,
            Tcp = new TcpGateOptions
            {
                Bind = IPAddress.Loopback,
                Port = 0,
                ZeroCopy = engine.ZeroCopy,
                Tls = engine.Tls ? new TlsServerOptions { Certificates = [Certificate] } : null,
            },
        };
        options = change is null ? options : change(options);
        var world = new GatewayWorld(engine.WebSocket ? OverWebSocket(options) : options, time, engine);
        await world.Gateway.StartAsync();
        return world;
    }

    public static byte[] Frame(string key) => Frame(Encoding.UTF8.GetBytes(key));

    public static byte[] Frame(byte[] key)
    {
        byte[] frame = new byte[4 + key.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)key.Length);
        key.CopyTo(frame, 4);
        return frame;
    }

    public static byte[] Failure(string code) => Frame($"error {code}");

    public static byte[] Join(byte[] first, byte[] second) => [.. first, .. second];

    public static byte[] RandomBytes(int count, int seed = 1)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Returns a connection to the gateway on which nothing has been sent yet.</summary>
    /// <remarks>
    /// With TLS or WebSocket it is the near end of a bridge (<see cref="TlsBridge"/> or <see cref="WebSocketBridge"/>) that translates
    /// everything done to it.
    /// </remarks>
    public async Task<Socket> ConnectAsync()
    {
        if (_engine.Tls)
        {
            // If the test moves the clock, the gateway must have finished the handshake too before it does.
            return await TlsBridge.ConnectAsync(EndPoint, Authority, finishedByBoth: Time is not null);
        }

        if (_engine.WebSocket)
        {
            return await WebSocketBridge.ConnectAsync(EndPoint);
        }

        var socket = new Socket(EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(EndPoint);
        return socket;
    }

    /// <summary>Returns a client that named its backend and was accepted.</summary>
    public async Task<Socket> EnterAsync(string key)
    {
        Socket client = await ConnectAsync();
        await client.SendAllAsync(Frame(key));
        Assert.Equal(Ok, await client.ReceiveExactlyAsync(Ok.Length));
        return client;
    }

    /// <summary>Sends these bytes and returns everything up to the end of the connection.</summary>
    public async Task<byte[]> SendAndReadToEndAsync(byte[] bytes)
    {
        using Socket client = await ConnectAsync();
        await client.SendAllAsync(bytes);
        return await client.ReceiveToEndAsync();
    }

    /// <summary>Waits until sending without a reader stalls because every buffer is full.</summary>
    public async Task UntilStillAsync(Func<long> sent)
    {
        long last;
        do
        {
            last = sent();
            for (int i = 0; i < 50; i++)
            {
                await PassTurnsAsync();
            }
        }
        while (last == 0 || sent() != last);
    }

    /// <summary>Moves the clock and waits until every loop has seen it.</summary>
    public async Task AdvanceAsync(TimeSpan step)
    {
        Time!.Advance(step);
        await PassTurnsAsync();
    }

    /// <summary>Moves the clock while the gateway stops. Does not wait for its loops, which may be gone at any time.</summary>
    public async Task AdvanceWhileStoppingAsync(TimeSpan step)
    {
        Time!.Advance(step);
        await Task.Yield();
    }

    /// <summary>Waits until every loop has handled what was ready at the call.</summary>
    public async Task PassTurnsAsync()
    {
        for (int turn = 0; turn < 3; turn++)
        {
            foreach (Transport.Loop.EventLoop loop in Gateway.Loops)
            {
                loop.Wake();
                await loop.InvokeAsync(() => true).WaitAsync(SocketExtensions.Patience);
            }
        }
    }

    /// <summary>
    /// Counts the open sockets, pipes and the like of this process, without files: each library that the runtime loads stays open.
    /// Returns 0 if the system cannot list them.
    /// </summary>
    public static int CountDescriptors() => OperatingSystem.IsLinux()
        ? Directory.GetFileSystemEntries("/proc/self/fd")
            .Count(path => new FileInfo(path).LinkTarget is { } target && !target.StartsWith('/'))
        : 0;

    /// <summary>Waits until this process has no more descriptors than this. A leaked descriptor fails the test after a minute.</summary>
    /// <remarks>The gateway reports the end of a session before the test's backend, or a client's bridge, has closed its own end.</remarks>
    public async Task UntilDescriptorsAsync(int most)
    {
        for (long start = Stopwatch.GetTimestamp(); CountDescriptors() > most;)
        {
            Assert.True(
                Stopwatch.GetElapsedTime(start) < SocketExtensions.Patience,
                $"{CountDescriptors()} descriptors are open, expected at most {most}");
            await PassTurnsAsync();
        }
    }

    /// <summary>Returns the values, by name, of the log line of the next session that ends.</summary>
    public Task<IReadOnlyDictionary<string, object?>> NextEndedAsync() => _log.NextAsync();

    public async ValueTask DisposeAsync() => await Gateway.DisposeAsync();

    /// <summary>Moves the settings of the TCP gate to a WebSocket gate.</summary>
    private static GatewayOptions OverWebSocket(GatewayOptions options) => options with
    {
        Tcp = null,
        WebSocket = new WebSocketGateOptions
        {
            Bind = options.Tcp!.Bind,
            Port = options.Tcp.Port,
            DialTimeout = options.Tcp.DialTimeout,
            IdleTimeout = options.Tcp.IdleTimeout,
            ToBackend = WebSocketFraming.Raw,
            ToClient = WebSocketFraming.Raw,
            PingInterval = TimeSpan.Zero,
        },
    };

    /// <summary>Keeps the lines of ended sessions.</summary>
    private sealed class SessionLog : ILogger
    {
        private const int SessionEnded = 1;

        private readonly Channel<IReadOnlyDictionary<string, object?>> _ended =
            Channel.CreateUnbounded<IReadOnlyDictionary<string, object?>>();

        public Task<IReadOnlyDictionary<string, object?>> NextAsync() =>
            _ended.Reader.ReadAsync().AsTask().WaitAsync(SocketExtensions.Patience);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
            {
                Console.Error.WriteLine($"{formatter(state, exception)} {exception}");
            }

            if (eventId.Id == SessionEnded && state is IEnumerable<KeyValuePair<string, object?>> values)
            {
                _ended.Writer.TryWrite(values.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal));
            }
        }
    }
}
