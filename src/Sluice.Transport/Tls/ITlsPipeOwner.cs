namespace Sluice.Transport.Tls;

/// <summary>The owner of a <see cref="TlsPipe"/>: the handshake at first, then the connection.</summary>
internal interface ITlsPipeOwner
{
    /// <summary>A read found nothing; <see cref="TlsPipe.Complete"/> ends it once there is something.</summary>
    void Starved();

    /// <summary>Takes encrypted bytes for the network, all of them.</summary>
    void Send(ReadOnlySpan<byte> data);
}
