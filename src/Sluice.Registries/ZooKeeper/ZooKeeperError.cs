namespace Sluice.Registries.ZooKeeper;

/// <summary>Error codes of a server (KeeperException.Code) with a meaning here. Any other one ends the connection.</summary>
internal enum ZooKeeperError
{
    Ok = 0,

    /// <summary>The server does not know the request and ends the session, as with addWatch before ZooKeeper 3.6.</summary>
    Unimplemented = -6,

    NoNode = -101,
    NoAuth = -102,
    AuthFailed = -115,
    SessionClosedRequireAuth = -124,
}
