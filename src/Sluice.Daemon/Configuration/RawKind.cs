namespace Sluice.Daemon.Configuration;

/// <summary>The kinds of values that TOML has.</summary>
internal enum RawKind
{
    /// <summary>A string.</summary>
    Text,

    /// <summary>An integer.</summary>
    WholeNumber,

    /// <summary>A float.</summary>
    Number,

    /// <summary>true or false.</summary>
    Truth,

    /// <summary>An array.</summary>
    List,

    /// <summary>An inline table.</summary>
    Table,

    /// <summary>A date, a time, or both.</summary>
    Date,
}
