namespace Sluice.Registries.ZooKeeper;

/// <summary>A session, with which the next connection continues, so that the ensemble keeps no dead session.</summary>
internal sealed class ZooKeeperSession
{
    /// <summary>0 = none yet.</summary>
    public long Id { get; set; }

    /// <summary>The session's secret; 16 bytes from a real server.</summary>
    public byte[] Password { get; set; } = new byte[16];

    /// <summary>The last transaction seen. A server that has not reached it rejects the session, so that nothing older is read.</summary>
    public long LastSeen { get; set; }

    /// <summary>The ensemble ends the session after this time without a message. It may differ from the requested timeout.</summary>
    public TimeSpan Timeout { get; set; }
}
