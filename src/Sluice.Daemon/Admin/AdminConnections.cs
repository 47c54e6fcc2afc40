using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Sluice.Daemon.Admin;

/// <summary>
/// Limits the connections of the admin endpoint. A further one evicts the oldest that has no request in progress, so that silent
/// connections evict each other and never block a health check.
/// </summary>
/// <param name="most">Most connections at one time.</param>
internal sealed class AdminConnections(int most)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Entry> _idle = [];
    private int _count;

    /// <summary>Holds a connection for as long as <paramref name="next"/> serves it.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var entry = new Entry(connection);
        connection.Items[typeof(Entry)] = entry;
        Entry? evicted = null;
        lock (_lock)
        {
            if (++_count > most && _idle.First is { } oldest)
            {
                evicted = oldest.Value;
                _idle.Remove(oldest);
            }

            _idle.AddLast(entry.Node);
        }

        evicted?.Connection.Abort(new ConnectionAbortedException("too many connections; this was the oldest without a request"));
        try
        {
            await next(connection);
        }
        finally
        {
            lock (_lock)
            {
                _count--;
                Remove(entry);
            }
        }
    }

    /// <summary>Marks the connection of a request as busy until the result is disposed. After that it is the youngest idle one.</summary>
    public Request Begin(IFeatureCollection features)
    {
        var entry = features.Get<IConnectionItemsFeature>()?.Items[typeof(Entry)] as Entry;
        if (entry is not null)
        {
            lock (_lock)
            {
                Remove(entry);
            }
        }

        return new Request(this, entry);
    }

    private void End(Entry entry)
    {
        lock (_lock)
        {
            _idle.AddLast(entry.Node);
        }
    }

    private void Remove(Entry entry)
    {
        if (entry.Node.List is not null)
        {
            _idle.Remove(entry.Node);
        }
    }

    /// <summary>A request in progress.</summary>
    public readonly struct Request(AdminConnections connections, object? entry) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose()
        {
            if (entry is Entry known)
            {
                connections.End(known);
            }
        }
    }

    private sealed class Entry
    {
        public Entry(ConnectionContext connection)
        {
            Connection = connection;
            Node = new LinkedListNode<Entry>(this);
        }

        public ConnectionContext Connection { get; }

        public LinkedListNode<Entry> Node { get; }
    }
}
