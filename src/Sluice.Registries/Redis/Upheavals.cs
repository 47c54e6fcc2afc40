namespace Sluice.Registries.Redis;

/// <summary>Reads in Redis' INFO what concerns all keys of a database at once.</summary>
internal static class Upheavals
{
    /// <summary>Commands that no notification tells of; also those that a script or a transaction ran, or a master passed on, are counted.</summary>
    private static readonly string[] Commands = ["cmdstat_flushall:", "cmdstat_flushdb:", "cmdstat_swapdb:"];

    /// <summary>Whose history the data is: another one once a replica was filled by another master.</summary>
    private const string History = "master_replid:";

    /// <summary>A text that is another one after each of them. Other servers than Redis may lack the lines.</summary>
    /// <param name="commands">INFO commandstats.</param>
    /// <param name="replication">INFO replication.</param>
    public static string Read(string commands, string replication) => string.Join(
        ' ',
        commands.Split('\n').Where(line => Array.Exists(Commands, command => line.StartsWith(command, StringComparison.Ordinal)))
            .Select(line => line.Split(',')[0])
            .Concat(replication.Split('\n').Where(line => line.StartsWith(History, StringComparison.Ordinal)).Select(line => line.TrimEnd())));
}
