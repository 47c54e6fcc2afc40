using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Sluice.Gateway;
using Sluice.Gateway.Gates;

namespace Sluice.Interop;

/// <summary>A gateway for KCP clients on a free port of loopback.</summary>
internal sealed class GatewayWorld : IAsyncDisposable
{
    /// <summary>Only ends a hung test.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    public static readonly byte[] Ok = [2, 0, 0, 0, (byte)'o', (byte)'k'];

    private readonly SessionLog _log = new();

    private GatewayWorld(GatewayOptions options) => Gateway = new SluiceGateway(options, _log);

    public SluiceGateway Gateway { get; }

    public IPEndPoint EndPoint => Gateway.Listeners[0].EndPoint;

    /// <summary>Errors that the gateway logged.</summary>
    public IReadOnlyCollection<string> Errors => _log.Errors;

    /// <summary>Number of ended sessions that <see cref="NextEndedAsync"/> has not returned.</summary>
    public int EndedUnread => _log.Unread;

    public static async Task<GatewayWorld> StartAsync(
        KcpGateOptions kcp, int loops = 1, Func<GatewayOptions, GatewayOptions>? change = null)
    {
        var options = new GatewayOptions
        {
            Loops = loops,
            ConnectTimeout = TimeSpan.FromMinutes(1),
            Kcp = kcp with { Bind = kcp.Bind ?? IPAddress.Loopback, Port = 0 },
        };
        var world = new GatewayWorld(change is null ? options : change(options));
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

    /// <summary>Returns the log line of the next session that ends.</summary>
    public async Task<SessionLine> NextEndedAsync()
    {
        IReadOnlyDictionary<string, object?> line = await _log.NextAsync();
        return new SessionLine(
            (string)line["Reason"]!, (string)line["Protocol"]!, (long)line["BytesFromClient"]!, (long)line["BytesFromBackend"]!);
    }

    /// <summary>Completes when the stopping gateway accepts no new clients and waits for the live ones.</summary>
    public Task DrainingAsync() => _log.DrainingAsync();

    public async ValueTask DisposeAsync() => await Gateway.DisposeAsync();

    /// <summary>Keeps the log lines of ended sessions, and errors.</summary>
    private sealed class SessionLog : ILogger
    {
        private const int SessionEnded = 1;
        private const int Draining = 22;

        private readonly Channel<IReadOnlyDictionary<string, object?>> _ended =
            Channel.CreateUnbounded<IReadOnlyDictionary<string, object?>>();
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _errors = new();
        private readonly TaskCompletionSource _draining = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyCollection<string> Errors => _errors;

        public int Unread => _ended.Reader.Count;

        public Task<IReadOnlyDictionary<string, object?>> NextAsync() => _ended.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public Task DrainingAsync() => _draining.Task.WaitAsync(Patience);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
            {
                _errors.Enqueue($"{formatter(state, exception)} {exception}");
            }

            if (eventId.Id == Draining)
            {
                _draining.TrySetResult();
            }

            if (eventId.Id == SessionEnded && state is IEnumerable<KeyValuePair<string, object?>> values)
            {
                _ended.Writer.TryWrite(values.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal));
            }
        }
    }
}

/// <summary>The log line of an ended session.</summary>
internal sealed record SessionLine(string Reason, string Protocol, long BytesFromClient, long BytesFromBackend);
