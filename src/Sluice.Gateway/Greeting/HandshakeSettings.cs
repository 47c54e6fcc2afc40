namespace Sluice.Gateway.Greeting;

/// <summary>The handshake as far as it is the same for every protocol.</summary>
internal sealed record HandshakeSettings
{
    /// <summary>Time from accept to the complete key.</summary>
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>Longest key in bytes.</summary>
    public required int MaxKeyBytes { get; init; }

    /// <summary>What a client gets once its backend is connected.</summary>
    public required ReadOnlyMemory<byte> SuccessMessage { get; init; }

    /// <summary>Whether a rejected client gets the reason.</summary>
    public required bool ErrorReply { get; init; }
}
