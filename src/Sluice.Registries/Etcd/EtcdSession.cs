using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Etcd.Protocol;

namespace Sluice.Registries.Etcd;

/// <summary>A connection to one member: loads and watches the nodes, and checks that the member still answers.</summary>
internal sealed class EtcdSession : IDisposable
{
    /// <summary>
    /// The time limit of an answer. An election takes a second or two by default. A member that needs longer counts as lost.
    /// </summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(3);

    /// <summary>The interval of liveness checks: a watch without changes looks the same if its member hangs.</summary>
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private const int NodesPerPage = 10_000;

    private readonly EtcdOptions _options;
    private readonly GrpcChannel _channel;
    private readonly KV.KVClient _store;
    private readonly Watch.WatchClient _watch;
    private readonly ByteString _prefix;
    private readonly ByteString _end;
    private volatile string? _token;

    public EtcdSession(Uri endpoint, EtcdOptions options)
    {
        _options = options;
        _channel = EtcdChannel.Open(endpoint, options);
        _store = new KV.KVClient(_channel);
        _watch = new Watch.WatchClient(_channel);
        _prefix = ByteString.CopyFromUtf8(options.Prefix);
        _end = EtcdRange.EndOf(_prefix);
    }

    /// <summary>Whether all nodes were loaded and are watched.</summary>
    public bool HasLoaded { get; private set; }

    public void Dispose() => _channel.Dispose();

    /// <summary>Runs until it is cancelled. Throws if the member fails.</summary>
    public async Task RunAsync(NodeTable nodes, CancellationToken cancellation)
    {
        await LogInAsync(cancellation).ConfigureAwait(false);
        while (true)
        {
            NodeLoad load = nodes.BeginLoad();
            if (await LoadAsync(load, cancellation).ConfigureAwait(false) is { } revision)
            {
                await WatchAsync(nodes, load, revision + 1, cancellation).ConfigureAwait(false);
            }

            // The needed history was compacted, so the current state is loaded instead.
        }
    }

    private async Task LogInAsync(CancellationToken cancellation)
    {
        if (_options.Username is { } name)
        {
            var request = new AuthenticateRequest { Name = name, Password = _options.ReadPassword?.Invoke() ?? _options.Password ?? "" };
            AuthenticateResponse answer = await new Auth.AuthClient(_channel)
                .AuthenticateAsync(request, deadline: DateTime.UtcNow + AnswerTimeout, cancellationToken: cancellation)
                .ConfigureAwait(false);
            _token = answer.Token;
        }
    }

    /// <summary>Reads every node, page by page, all as of one revision.</summary>
    /// <returns>The revision; null if it was compacted meanwhile.</returns>
    private async Task<long?> LoadAsync(NodeLoad load, CancellationToken cancellation)
    {
        long revision = 0;
        int limit = NodesPerPage;
        ByteString from = _prefix;
        while (true)
        {
            var request = new RangeRequest
            {
                Key = from,
                RangeEnd = _end,
                Limit = limit,
                Revision = revision,
                Serializable = revision != 0,
            };
            RangeResponse page;
            try
            {
                page = await AskAsync(request, cancellation).ConfigureAwait(false);
            }
            catch (RpcException failure) when (failure.StatusCode == StatusCode.ResourceExhausted && limit > 1)
            {
                limit = Math.Max(1, limit / 8);
                continue;
            }
            catch (RpcException failure) when (failure.StatusCode == StatusCode.OutOfRange && revision != 0)
            {
                return null;
            }

            foreach (KeyValue pair in page.Kvs)
            {
                if (NodeName.TryRead(pair.Key.Span, _prefix.Span, out string? name))
                {
                    load.Set(name, pair.Value.Span);
                }
            }

            revision = revision == 0 ? page.Header.Revision : revision;
            if (!page.More)
            {
                return revision;
            }

            from = EtcdRange.After(page.Kvs[^1].Key);
        }
    }

    private async Task<RangeResponse> AskAsync(RangeRequest request, CancellationToken cancellation) =>
        await _store.RangeAsync(request, Headers(), DateTime.UtcNow + AnswerTimeout, cancellation).ConfigureAwait(false);

    /// <summary>Watches until the start revision, or one after it, turns out to be compacted.</summary>
    internal async Task WatchAsync(NodeTable nodes, NodeLoad load, long revision, CancellationToken cancellation)
    {
        Metadata headers = Headers();

        // With this, a member that loses its leader ends the watch instead of falling silent.
        headers.Add("hasleader", "true");
        using AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call = _watch.Watch(headers, cancellationToken: cancellation);
        await FirstToEnd.RunAsync(CheckAsync, stop => ReadAsync(call, nodes, load, revision, stop), cancellation).ConfigureAwait(false);
    }

    private async Task ReadAsync(
        AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call,
        NodeTable nodes,
        NodeLoad load,
        long revision,
        CancellationToken cancellation)
    {
        var request = new WatchCreateRequest { Key = _prefix, RangeEnd = _end, StartRevision = revision, Fragment = true };
        await call.RequestStream.WriteAsync(new WatchRequest { CreateRequest = request }, cancellation).ConfigureAwait(false);
        await foreach (WatchResponse answer in call.ResponseStream.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            if (answer.Canceled)
            {
                if (answer.CompactRevision > 0)
                {
                    return;
                }

                throw new NodeSourceException(
                    $"it ended the watch: {(answer.CancelReason.Length > 0 ? answer.CancelReason : "no reason given")}");
            }

            if (answer.Created)
            {
                // Only now is it certain that changes will be seen.
                HasLoaded = true;
                load.Complete();
            }

            foreach (Event change in answer.Events)
            {
                Apply(nodes, change);
            }
        }

        throw new NodeSourceException("it ended the watch");
    }

    private void Apply(NodeTable nodes, Event change)
    {
        if (!NodeName.TryRead(change.Kv.Key.Span, _prefix.Span, out string? name))
        {
            return;
        }

        if (change.Type == Event.Types.EventType.Delete)
        {
            nodes.Remove(name);
        }
        else
        {
            nodes.Set(name, change.Kv.Value.Span);
        }
    }

    /// <summary>
    /// Reads a key again and again, to check that the member answers. The read is linearizable, so it also fails without a leader.
    /// </summary>
    private async Task CheckAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(CheckInterval);
        while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
        {
            var request = new RangeRequest { Key = _prefix, KeysOnly = true };
            try
            {
                await AskAsync(request, cancellation).ConfigureAwait(false);
            }
            catch (RpcException failure) when (failure.StatusCode == StatusCode.Unauthenticated && _options.Username is not null)
            {
                // An expired token is not an outage.
                await LogInAsync(cancellation).ConfigureAwait(false);
            }
        }
    }

    private Metadata Headers() => _token is { } token ? new Metadata { { "token", token } } : [];
}
