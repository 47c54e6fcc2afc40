namespace Sluice.Gateway.ProxyProtocol;

/// <summary>How far a <see cref="ProxyHeaderParser"/> has come.</summary>
internal enum ProxyHeaderStatus
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>The header is known.</summary>
    Complete,

    /// <summary>It is no header, or not one of version 1 or 2.</summary>
    Invalid,
}
