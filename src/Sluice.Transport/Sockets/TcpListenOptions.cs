namespace Sluice.Transport.Sockets;

/// <summary>Settings of a listening TCP socket and of what it accepts.</summary>
public sealed record TcpListenOptions
{
    /// <summary>Connections that the kernel keeps until they are accepted; it may cap this (net.core.somaxconn).</summary>
    public int Backlog { get; init; } = 4096;

    /// <summary>Seconds of silence until keep-alive probes begin, and between them; 0 = none.</summary>
    public int KeepAliveSeconds { get; init; } = 15;
}
