namespace Sluice.Gateway.Gates;

/// <summary>What it takes until a rejected client can read why.</summary>
internal enum RejectionCost
{
    /// <summary>One frame, which needs nothing from the client.</summary>
    Frame,

    /// <summary>The client's upgrade request has to be read and answered.</summary>
    Request,

    /// <summary>A TLS handshake.</summary>
    TlsHandshake,
}
