namespace Sluice.Registries.Redis;

/// <summary>The letters of Redis' <c>notify-keyspace-events</c>.</summary>
internal static class KeyspaceEvents
{
    /// <summary>The setting of the server.</summary>
    public const string Setting = "notify-keyspace-events";

    /// <summary>
    /// Events by key: deleted, renamed or given a time to live; set; expired; evicted; and made a list, a set or a sorted set, as some
    /// commands do to an existing string.
    /// </summary>
    public const string Needed = "Kg$xelsz";

    /// <summary>Means every kind of event, but not "by key".</summary>
    private const char All = 'A';

    /// <summary>Returns whether every change of a node is reported.</summary>
    public static bool Suffice(string letters) =>
        Needed.All(letter =>
            letters.Contains(letter, StringComparison.Ordinal) || (letter != 'K' && letters.Contains(All, StringComparison.Ordinal)));

    /// <summary>Returns the letters that others set, plus those that are needed.</summary>
    public static string With(string letters) => string.Concat(letters.Union(Needed));
}
