namespace Sluice.Registries.Dns;

/// <summary>What became of a question.</summary>
internal enum DnsOutcome
{
    /// <summary>There are addresses.</summary>
    Found,

    /// <summary>A server that knows says that there are none.</summary>
    NotFound,

    /// <summary>Nobody could say: no answer in time, or a server that failed or refused.</summary>
    Failed,
}
