using System.Net;

namespace Sluice.Demo;

/// <summary>One row of the protocol table: an example backend, and an example client that reaches it through the gateway.</summary>
internal interface IDemoRow : IAsyncDisposable
{
    /// <summary>For example <c>tcp -> tcp</c>.</summary>
    string Name { get; }

    /// <summary>The address of the row's backend.</summary>
    IPEndPoint Backend { get; }

    /// <summary>The address at which the gateway serves this row's clients.</summary>
    IPEndPoint Gateway { get; set; }

    /// <summary>Runs one client from its first byte to its last.</summary>
    /// <exception cref="IOException">The client is not served as it should be.</exception>
    Task RunOnceAsync(int round, CancellationToken cancellation);
}
