namespace Sluice.Registries.Dns;

/// <summary>The outcome of a question.</summary>
internal enum DnsOutcome
{
    /// <summary>There are addresses.</summary>
    Found,

    /// <summary>An authoritative answer says that there are none.</summary>
    NotFound,

    /// <summary>No server could answer: no answer in time, or a server that failed or rejected the question.</summary>
    Failed,
}
