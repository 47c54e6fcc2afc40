namespace Sluice.Registries.Redis;

/// <summary>Reads in Redis' INFO what concerns all keys of a database at once.</summary>
internal static class Upheavals
{
    /// <summary>Commands that no notification tells of; also those that a script or a transaction ran, or a master passed on, are counted.</summary>
    private static readonly string[] Commands = ["cmdstat_flushall:", "cmdstat_flushdb:", "cmdstat_swapdb:"];

    /// <summary>
    /// Whose history the data is: another one once a replica was filled by another master. And whether a replica has its master: where it was without for so
    /// long that the master does not know any more what it missed, it is filled anew.
    /// </summary>
    private static readonly string[] History = ["master_replid:", "master_link_status:"];

    /// <summary>A text that is another one after each of them. Other servers than Redis may lack the lines.</summary>
    /// <param name="commands">INFO commandstats.</param>
    /// <param name="replication">INFO replication.</param>
    public static string Read(string commands, string replication) => string.Join(
        ' ',
        Lines(commands, Commands).Select(line => line.Split(',')[0]).Concat(Lines(replication, History).Select(line => line.TrimEnd())));

    private static IEnumerable<string> Lines(string info, string[] beginnings) =>
        info.Split('\n').Where(line => Array.Exists(beginnings, beginning => line.StartsWith(beginning, StringComparison.Ordinal)));
}
