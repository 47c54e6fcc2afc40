using System.Text;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Greeting;

/// <summary>The gateway's answers in a framed handshake, built once, and the handshake's limits.</summary>
internal sealed class GreetingFrames
{
    private readonly byte[][] _failures;

    public GreetingFrames(HandshakeSettings handshake)
    {
        MaxKeyBytes = handshake.MaxKeyBytes;
        ConnectTimeoutMs = (long)handshake.ConnectTimeout.TotalMilliseconds;
        Welcome = FrameParser.Build(handshake.SuccessMessage.Span);
        _failures = [.. Enum.GetValues<EndReason>().Select(reason =>
            handshake.ErrorReply ? FrameParser.Build(Encoding.UTF8.GetBytes($"error {reason.ToWord()}")) : [])];
    }

    public int MaxKeyBytes { get; }

    public long ConnectTimeoutMs { get; }

    public byte[] Welcome { get; }

    /// <summary>Sends the reason and ends the connection so that it arrives.</summary>
    /// <returns>The close that is still going on; null if the connection is closed already.</returns>
    /// <param name="connection">An open connection.</param>
    /// <param name="reason">Why the client is rejected.</param>
    /// <param name="closed">Called on the loop when the connection is closed, unless null is returned.</param>
    public LingeringClose? Reject(Connection connection, EndReason reason, Action? closed = null)
    {
        // Bytes that the socket does not take at once are dropped: an empty socket takes a frame of this size, and a full one has no
        // reader.
        _ = connection.Write(_failures[(int)reason]);
        if (connection.Traits.DeliversAfterClose)
        {
            connection.Close();
            return null;
        }

        return LingeringClose.Begin(connection, closed: closed);
    }
}
