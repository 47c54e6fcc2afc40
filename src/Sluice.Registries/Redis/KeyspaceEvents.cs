namespace Sluice.Registries.Redis;

/// <summary>The letters of Redis' <c>notify-keyspace-events</c>.</summary>
internal static class KeyspaceEvents
{
    /// <summary>Setting of the server.</summary>
    public const string Setting = "notify-keyspace-events";

    /// <summary>
    /// By key; deleted, renamed and given a time to live; set; expired; evicted; and made a list, a set or a sorted set, which some commands do to a string
    /// that is there.
    /// </summary>
    public const string Needed = "Kg$xelsz";

    /// <summary>Stands for every kind of event, but not for "by key".</summary>
    private const char All = 'A';

    /// <summary>True where every change of a node is told.</summary>
    public static bool Suffice(string letters) =>
        Needed.All(letter => letters.Contains(letter, StringComparison.Ordinal) || (letter != 'K' && letters.Contains(All, StringComparison.Ordinal)));

    /// <summary>What others asked for, and what is needed beside it.</summary>
    public static string With(string letters) => string.Concat(letters.Union(Needed));
}
