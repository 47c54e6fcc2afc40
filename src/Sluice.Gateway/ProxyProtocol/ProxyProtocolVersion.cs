namespace Sluice.Gateway.ProxyProtocol;

/// <summary>The forms of a PROXY protocol header.</summary>
public enum ProxyProtocolVersion
{
    /// <summary>A line of text: addresses and ports.</summary>
    V1 = 1,

    /// <summary>Binary; beside addresses and ports the session's id, the backend's name, and whether the client speaks KCP.</summary>
    V2 = 2,
}
