namespace Sluice.Registries.ZooKeeper;

/// <summary>Kinds of requests (ZooDefs.OpCode), none of which writes.</summary>
internal enum ZooKeeperRequest
{
    Exists = 3,
    GetData = 4,
    GetChildren = 8,
    Ping = 11,
    Auth = 100,
    AddWatch = 106,
    CloseSession = -11,
}
