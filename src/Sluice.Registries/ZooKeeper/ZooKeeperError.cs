namespace Sluice.Registries.ZooKeeper;

/// <summary>Answers of a server (KeeperException.Code) that mean something here. Any other one ends the connection.</summary>
internal enum ZooKeeperError
{
    Ok = 0,

    /// <summary>The server does not know the request, and ends the session: addWatch before ZooKeeper 3.6.</summary>
    Unimplemented = -6,

    NoNode = -101,
    NoAuth = -102,
    AuthFailed = -115,
    SessionClosedRequireAuth = -124,
}
