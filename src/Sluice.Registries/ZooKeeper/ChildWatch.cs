using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Registries.ZooKeeper;

/// <summary>Loads the children of one path and follows their changes while a connection lasts.</summary>
/// <remarks>
/// An event says only that something changed. Only values read after it count, so the order of events and answers does not matter. With a
/// recursive watch (ZooKeeper 3.6), a change costs one event and one read. Without it, every znode has a watch of its own, which fires once
/// and is set again by reading, and an added or removed child costs a new list of all.
/// </remarks>
internal sealed class ChildWatch(
    ZooKeeperConnection connection, ZooKeeperSession session, NodeTable nodes, string path, bool recursive)
{
    /// <summary>The most open reads: enough to hide the round trip, few enough not to burden the server.</summary>
    private const int Window = 256;

    /// <summary>AddWatchMode.PERSISTENT_RECURSIVE.</summary>
    private const int PersistentRecursive = 1;

    private readonly string _prefix = path.Length == 1 ? path : path + "/";
    private readonly JuteWriter _output = new();
    private readonly Queue<Sent> _open = new();
    private readonly Queue<string> _unread = new();
    private readonly HashSet<string> _queued = new(StringComparer.Ordinal);

    /// <summary>Children that have a watch of their own.</summary>
    private readonly HashSet<string> _watched = new(StringComparer.Ordinal);

    private readonly NodeLoad _load = nodes.BeginLoad();
    private int _xid;
    private bool _listing;
    private bool _listAgain;

    /// <summary>The number of children that the load must still read; null before they are listed, and -1 after the load.</summary>
    private int? _missing;

    /// <summary>Runs until the connection is lost or the registry is stopped.</summary>
    /// <param name="user">The user, or empty.</param>
    public async Task RunAsync(string user)
    {
        if (user.Length > 0)
        {
            RequestAuth(user);
        }

        if (recursive)
        {
            Request(ZooKeeperRequest.AddWatch, null);
        }

        List();
        while (true)
        {
            while (_open.Count < Window && _unread.TryDequeue(out string? name))
            {
                _queued.Remove(name);
                Request(ZooKeeperRequest.GetData, name);
            }

            if (_output.Written.Length > 0)
            {
                await connection.WriteAsync(_output.Written).ConfigureAwait(false);
                _output.Clear();
            }

            do
            {
                Take((await connection.ReadAsync().ConfigureAwait(false)).Span);
            }
            while (connection.HasFrame);
        }
    }

    private void Take(ReadOnlySpan<byte> frame)
    {
        var reader = new JuteReader(frame);
        int xid = reader.ReadInt();
        long zxid = reader.ReadLong();
        var error = (ZooKeeperError)reader.ReadInt();
        session.LastSeen = Math.Max(session.LastSeen, zxid);
        switch (xid)
        {
            case ZooKeeperXid.Event:
                TakeEvent(ref reader);
                break;
            case ZooKeeperXid.Ping:
                break;
            case ZooKeeperXid.Auth when error == ZooKeeperError.Ok:
                break;
            case ZooKeeperXid.Auth:
                throw new ZooKeeperException("sign in", error);
            default:
                if (!_open.TryDequeue(out Sent sent) || sent.Xid != xid)
                {
                    throw new ZooKeeperException("it sent an answer that was not requested");
                }

                TakeAnswer(sent, error, ref reader);
                break;
        }
    }

    private void TakeEvent(ref JuteReader reader)
    {
        reader.ReadInt();
        reader.ReadInt();
        string changed = reader.ReadText();
        if (changed.StartsWith(_prefix, StringComparison.Ordinal) && changed.Length > _prefix.Length)
        {
            string name = changed[_prefix.Length..];
            if (!name.Contains('/', StringComparison.Ordinal))
            {
                Read(name);
            }
        }
        else if (!recursive && string.Equals(changed, path, StringComparison.Ordinal))
        {
            List();
        }
    }

    private void TakeAnswer(Sent sent, ZooKeeperError error, ref JuteReader reader)
    {
        switch (sent.Request, error)
        {
            case (ZooKeeperRequest.AddWatch, ZooKeeperError.Ok):
                break;
            case (ZooKeeperRequest.GetChildren, ZooKeeperError.Ok):
                TakeList(ref reader);
                break;
            case (ZooKeeperRequest.GetChildren, ZooKeeperError.NoNode):
                if (!recursive)
                {
                    // Its watch fires when the path is created.
                    Request(ZooKeeperRequest.Exists, null);
                }

                var nothing = default(JuteReader);
                TakeNames(ref nothing, 0);
                break;
            case (ZooKeeperRequest.Exists, ZooKeeperError.Ok):
                List();
                break;
            case (ZooKeeperRequest.Exists, ZooKeeperError.NoNode):
                break;
            case (ZooKeeperRequest.GetData, ZooKeeperError.Ok):
                nodes.Set(sent.Name!, reader.ReadBuffer());
                CountRead();
                break;
            case (ZooKeeperRequest.GetData, ZooKeeperError.NoNode):
                _watched.Remove(sent.Name!);
                nodes.Remove(sent.Name!);
                CountRead();
                break;
            case (ZooKeeperRequest.GetData, ZooKeeperError.NoAuth):
                nodes.Ignore(sent.Name!, "no permission to read it");
                CountRead();
                break;
            default:
                throw new ZooKeeperException($"{Verb(sent.Request)} {path}{(sent.Name is null ? "" : "/" + sent.Name)}", error);
        }
    }

    private void TakeList(ref JuteReader reader) => TakeNames(ref reader, reader.ReadCount(leastBytes: sizeof(int)));

    private void TakeNames(ref JuteReader reader, int count)
    {
        _listing = false;
        HashSet<string>? gone = _watched.Count > 0 ? new(_watched, StringComparer.Ordinal) : null;
        for (int i = 0; i < count; i++)
        {
            string name = reader.ReadText();
            gone?.Remove(name);
            if (recursive || _watched.Add(name))
            {
                Read(name);
            }
        }

        foreach (string name in gone ?? [])
        {
            // Its own watch would fire too, but clients should not be rejected until then.
            nodes.Remove(name);
        }

        if (_missing is null)
        {
            // Answers arrive in the order of the requests, so the load is complete after as many answers as are outstanding now.
            _missing = _unread.Count + _open.Count(sent => sent.Request == ZooKeeperRequest.GetData) + 1;
            CountRead();
        }

        if (_listAgain)
        {
            _listAgain = false;
            List();
        }
    }

    private void CountRead()
    {
        if (_missing > 0 && --_missing == 0)
        {
            _missing = -1;
            _load.Complete();
        }
    }

    private void Read(string name)
    {
        if (_queued.Add(name))
        {
            _unread.Enqueue(name);
        }
    }

    private void List()
    {
        if (_listing)
        {
            _listAgain = true;
            return;
        }

        _listing = true;
        Request(ZooKeeperRequest.GetChildren, null);
    }

    private void RequestAuth(string user)
    {
        _output.BeginFrame();
        _output.WriteInt(ZooKeeperXid.Auth);
        _output.WriteInt((int)ZooKeeperRequest.Auth);
        _output.WriteInt(0);
        _output.WriteText("digest");
        _output.WriteText(user);
        _output.EndFrame();
    }

    private void Request(ZooKeeperRequest request, string? name)
    {
        _xid = _xid == int.MaxValue ? 1 : _xid + 1;
        _output.BeginFrame();
        _output.WriteInt(_xid);
        _output.WriteInt((int)request);
        _output.WriteText(name is null ? path : _prefix + name);
        if (request == ZooKeeperRequest.AddWatch)
        {
            _output.WriteInt(PersistentRecursive);
        }
        else
        {
            _output.WriteTruth(!recursive);
        }

        _output.EndFrame();
        _open.Enqueue(new Sent(_xid, request, name));
    }

    private static string Verb(ZooKeeperRequest request) => request switch
    {
        ZooKeeperRequest.AddWatch => "watch",
        ZooKeeperRequest.GetChildren => "list",
        _ => "read",
    };

    /// <summary>A request without an answer yet.</summary>
    private readonly record struct Sent(int Xid, ZooKeeperRequest Request, string? Name);
}
