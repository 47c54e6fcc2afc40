namespace Sluice.Gateway.Routing;

/// <summary>What a backend speaks to the gateway.</summary>
public enum BackendProtocol : byte
{
    /// <summary>
    /// What the listener of the client stands for: <c>tcpgate</c> and <c>wsgate</c> TCP, <c>kcpgate</c> what <c>kcp_reciprocity</c> says.
    /// </summary>
    AsClient,

    /// <summary>TCP.</summary>
    Tcp,

    /// <summary>KCP over UDP, with the settings of <c>[kcpgate]</c>.</summary>
    Kcp,
}
