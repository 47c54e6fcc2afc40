namespace Sluice.Registries.ZooKeeper;

/// <summary>Numbers that an answer carries where it is no answer to a numbered request (ClientCnxn).</summary>
internal static class ZooKeeperXid
{
    public const int Event = -1;
    public const int Ping = -2;
    public const int Auth = -4;
}
