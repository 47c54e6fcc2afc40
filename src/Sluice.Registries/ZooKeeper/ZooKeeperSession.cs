namespace Sluice.Registries.ZooKeeper;

/// <summary>A session: what the next connection shows, so that the ensemble knows us again and leaves no dead session behind.</summary>
internal sealed class ZooKeeperSession
{
    /// <summary>0 = none yet.</summary>
    public long Id { get; set; }

    /// <summary>The session's secret; 16 bytes from a real server.</summary>
    public byte[] Password { get; set; } = new byte[16];

    /// <summary>How far we have seen; a server that is behind it refuses us, so that we never read what is older than what we know.</summary>
    public long LastSeen { get; set; }

    /// <summary>After so long without a sign of us the ensemble forgets the session. It may differ from what was asked for.</summary>
    public TimeSpan Timeout { get; set; }
}
