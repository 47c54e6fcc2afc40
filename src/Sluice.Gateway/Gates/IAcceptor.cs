using Sluice.Transport;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Gates;

/// <summary>Takes the clients of every gate on one loop. Gates call it on that loop.</summary>
internal interface IAcceptor
{
    EventLoop Loop { get; }

    /// <summary>
    /// Decides about a peer before anything is allocated for it. Returns false if it must be dropped without an answer; else <see
    /// cref="Accept"/> follows, with its connection.
    /// </summary>
    bool Admits(in NetworkAddress peer, Gate gate);

    /// <summary>Begins a session for the admitted connection, or answers that it is rejected.</summary>
    void Accept(Connection connection, Gate gate);
}
