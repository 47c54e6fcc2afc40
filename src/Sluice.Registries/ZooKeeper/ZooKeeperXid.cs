namespace Sluice.Registries.ZooKeeper;

/// <summary>Numbers of frames that do not answer a numbered request (ClientCnxn).</summary>
internal static class ZooKeeperXid
{
    public const int Event = -1;
    public const int Ping = -2;
    public const int Auth = -4;
}
