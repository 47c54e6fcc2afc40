namespace Sluice.WebSocket.Tests.Protocol;

/// <summary>What a client sends to an echo, and what it must see. Sections are those of the Autobahn test suite.</summary>
/// <param name="Id">Section and what is special about it.</param>
/// <param name="Sent">Every byte, in order.</param>
internal sealed record ProtocolCase(string Id, byte[] Sent)
{
    /// <summary>
    /// Payloads that come back. If the connection is closed meanwhile, only the first of them may, or none: the backend is reset then.
    /// That they were
    /// handed on is what BreachTests of the transport look at.
    /// </summary>
    public byte[][] Messages { get; init; } = [];

    /// <summary>Payloads of the pongs.</summary>
    public byte[][] Pongs { get; init; } = [];

    /// <summary>The code that the gateway closes with; 0 = it does not, and answers 1000 with 1000.</summary>
    public int Code { get; init; }

    /// <summary>Bytes per send; 0 = all at once.</summary>
    public int Chop { get; init; }

    /// <summary>permessage-deflate as the client offers it; null = not offered.</summary>
    public string? Offer { get; init; }
}
