using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Transport.Files;

namespace Sluice.Registries.ZooKeeper;

/// <summary>
/// Nodes in ZooKeeper: each child of one znode is a node, with its name and its data as the value. Nothing is ever written.
/// </summary>
public sealed class ZooKeeperNodes : INodeSource
{
    /// <summary>Name of the strategy.</summary>
    public const string StrategyName = "zookeeper";

    private readonly ZooKeeperOptions _options;
    private readonly string _path;
    private ZooKeeperSession _session = new();
    private bool _recursive;

    /// <summary>Creates the source.</summary>
    /// <exception cref="ArgumentException">The path is invalid, or the timeout is not from 0.1 s to a day.</exception>
    public ZooKeeperNodes(ZooKeeperOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!ZooKeeperServers.IsPath(options.Path))
        {
            throw new ArgumentException($"'{options.Path}' is not a path of ZooKeeper", nameof(options));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(options.SessionTimeout, TimeSpan.FromSeconds(0.1), nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.SessionTimeout, TimeSpan.FromDays(1), nameof(options));
        _options = options;
        _recursive = options.RecursiveWatch;
        _path = options.FullPath;
        Description = $"ZooKeeper {options.Servers}, {_path}";
    }

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public async Task WatchAsync(NodeTable nodes, CancellationToken cancellation)
    {
        while (true)
        {
            string user = _options.ReadUser?.Invoke() ?? _options.User;
            using var another = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            using SettledWatch<string>? watch = Watch(user, another);
            try
            {
                await WatchAsync(nodes, user, another.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // A session keeps the user it was started with, so another password needs a new session.
                _session = new ZooKeeperSession();
            }
        }
    }

    /// <summary>Cancels when the user or the password has changed.</summary>
    private SettledWatch<string>? Watch(string user, CancellationTokenSource another) => _options.ReadUser is { } read
        ? new SettledWatch<string>(
            user,
            () => TryRead(read) ?? user,
            (one, other) => string.Equals(one, other, StringComparison.Ordinal),
            _ => Cancel(another),
            TimeProvider.System)
        : null;

    private static string? TryRead(Func<string> read)
    {
        try
        {
            return read();
        }
#pragma warning disable CA1031 // A file being replaced may be unreadable for a moment, and an exception on a timer would end the process.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The last check was still running when the watch ended.
        }
    }

    private async Task WatchAsync(NodeTable nodes, string user, CancellationToken cancellation)
    {
        while (true)
        {
            await using ZooKeeperConnection connection = await ConnectAsync(cancellation).ConfigureAwait(false);
            try
            {
                await new ChildWatch(connection, _session, nodes, _path, _recursive).RunAsync(user).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                await connection.CloseSessionAsync().ConfigureAwait(false);
                throw;
            }
            catch (ZooKeeperException failure) when (failure.Error == ZooKeeperError.Unimplemented && _recursive)
            {
                // The server is older than 3.6. It ends the session after an unknown request.
                _recursive = false;
                _session = new ZooKeeperSession();
            }
            catch (ZooKeeperException failure)
            {
                throw new NodeSourceException(failure.Message, failure);
            }
        }
    }

    /// <summary>Tries the servers in random order, so that the gateways of a fleet spread over them.</summary>
    private async Task<ZooKeeperConnection> ConnectAsync(CancellationToken cancellation)
    {
        List<IPEndPoint> servers = await AddressesAsync(cancellation).ConfigureAwait(false);
        ZooKeeperException? last = null;
        int reached = 0;
        int hungUp = 0;
        foreach (IPEndPoint server in servers)
        {
            try
            {
                return await ZooKeeperConnection.OpenAsync(server, _session, _options, cancellation).ConfigureAwait(false);
            }
            catch (ZooKeeperException failure)
            {
                reached += failure.Unreached ? 0 : 1;
                hungUp += failure.HungUp ? 1 : 0;

                // A server that rejects us explains more than one that is down.
                last = last?.HungUp == true && !failure.HungUp ? last : failure;
            }
        }

        if (hungUp > 0 && hungUp == reached)
        {
            // Servers do this to a client that has seen more than they have. If the ensemble was set up again without its data, that never
            // ends. Servers that are down do not count, because one of a list may never come back.
            _session = new ZooKeeperSession();
        }

        throw new NodeSourceException(last!.Message, last);
    }

    private async Task<List<IPEndPoint>> AddressesAsync(CancellationToken cancellation)
    {
        var addresses = new List<IPEndPoint>();
        string problem = "no server has an address";
        foreach (Backend server in _options.Servers.Servers)
        {
            if (server.Name is null)
            {
                addresses.Add(server.Address.ToIPEndPoint());
                continue;
            }

            try
            {
                foreach (IPAddress address in await System.Net.Dns.GetHostAddressesAsync(server.Name, cancellation).ConfigureAwait(false))
                {
                    addresses.Add(new IPEndPoint(address, server.Port));
                }
            }
            catch (SocketException failure)
            {
                problem = $"{server.Name}: {failure.Message}";
            }
        }

        if (addresses.Count == 0)
        {
            throw new NodeSourceException(problem);
        }

        Random.Shared.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(addresses));
        return addresses;
    }
}
