namespace Sluice.Transport.Tcp;

/// <summary>How <see cref="TcpConnection.ReceiveInto"/> ended.</summary>
public enum TransferStatus
{
    /// <summary>Bytes were moved; there may be more.</summary>
    Moved,

    /// <summary>Nothing waits now.</summary>
    WouldBlock,

    /// <summary>The other end has finished writing.</summary>
    Finished,

    /// <summary>The kernel cannot splice these; nothing was moved.</summary>
    Unsupported,
}
