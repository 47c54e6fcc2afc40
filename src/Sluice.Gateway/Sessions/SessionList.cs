namespace Sluice.Gateway.Sessions;

/// <summary>Sessions, oldest first. They are their own links, so that membership costs no object; each is in one list at a time.</summary>
internal sealed class SessionList
{
    private Session? _last;

    public int Count { get; private set; }

    public Session? First { get; private set; }

    /// <summary>Adds a session that is in no list.</summary>
    public void AddLast(Session session)
    {
        session.List = this;
        session.Previous = _last;
        if (_last is null)
        {
            First = session;
        }
        else
        {
            _last.Next = session;
        }

        _last = session;
        Count++;
    }

    /// <summary>Removes a session. Returns false if it is not in this list.</summary>
    public bool Remove(Session session)
    {
        if (session.List != this)
        {
            return false;
        }

        if (session.Previous is null)
        {
            First = session.Next;
        }
        else
        {
            session.Previous.Next = session.Next;
        }

        if (session.Next is null)
        {
            _last = session.Previous;
        }
        else
        {
            session.Next.Previous = session.Previous;
        }

        session.List = null;
        session.Previous = null;
        session.Next = null;
        Count--;
        return true;
    }

    public Session[] ToArray()
    {
        var all = new Session[Count];
        int place = 0;
        for (Session? session = First; session is not null; session = session.Next)
        {
            all[place++] = session;
        }

        return all;
    }
}
