using Sluice.Gateway.Sessions;

namespace Sluice.Gateway.Limits;

/// <summary>The clients of one loop that have not named a backend yet, oldest first, and never more than a limit.</summary>
/// <remarks>
/// Above it the oldest gives way: who floods with silent connections pushes out those, while a client that speaks at once
/// is through in a moment.
/// </remarks>
internal sealed class PendingHandshakes(int limit)
{
    private readonly LinkedList<Session> _oldestFirst = new();
    private readonly Dictionary<Session, LinkedListNode<Session>> _nodes = [];

    public int Count => _oldestFirst.Count;

    /// <summary>Adds a client. Returns the oldest one where it has to give way, for the caller to refuse.</summary>
    public Session? Add(Session session)
    {
        Session? oldest = limit > 0 && _oldestFirst.Count >= limit ? _oldestFirst.First!.Value : null;
        if (oldest is not null)
        {
            Remove(oldest);
        }

        _nodes.Add(session, _oldestFirst.AddLast(session));
        return oldest;
    }

    public void Remove(Session session)
    {
        if (_nodes.Remove(session, out LinkedListNode<Session>? node))
        {
            _oldestFirst.Remove(node);
        }
    }

    public Session[] ToArray() => [.. _oldestFirst];
}
