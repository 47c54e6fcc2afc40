namespace Sluice.Registries.Redis;

/// <summary>Reads from Redis' INFO what affects all keys of a database at once.</summary>
internal static class DatabaseChanges
{
    /// <summary>Commands without notifications. Those that a script or transaction ran, or a master passed on, are counted too.</summary>
    private static readonly string[] Commands = ["cmdstat_flushall:", "cmdstat_flushdb:", "cmdstat_swapdb:"];

    /// <summary>
    /// The replication id, which changes if another master fills a replica, and whether a replica is connected to its master. After a long
    /// interruption, the master fills the replica again.
    /// </summary>
    private static readonly string[] History = ["master_replid:", "master_link_status:"];

    /// <summary>Returns a text that changes with each of them. Servers other than Redis may lack the lines.</summary>
    /// <param name="commands">INFO commandstats.</param>
    /// <param name="replication">INFO replication.</param>
    public static string Read(string commands, string replication) => string.Join(
        ' ',
        Lines(commands, Commands).Select(line => line.Split(',')[0]).Concat(Lines(replication, History).Select(line => line.TrimEnd())));

    private static IEnumerable<string> Lines(string info, string[] beginnings) =>
        info.Split('\n').Where(line => Array.Exists(beginnings, beginning => line.StartsWith(beginning, StringComparison.Ordinal)));
}
