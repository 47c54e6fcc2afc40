using System.Net;

namespace Sluice.Daemon.Demo;

/// <summary>One row of the protocol table: an example backend, and an example client that reaches it through the gateway.</summary>
internal interface IDemoRow : IAsyncDisposable
{
    /// <summary>For example <c>tcp -> tcp</c>.</summary>
    string Name { get; }

    /// <summary>Where the row's backend listens.</summary>
    IPEndPoint Backend { get; }

    /// <summary>Where the gateway takes this row's clients.</summary>
    IPEndPoint Gateway { get; set; }

    /// <summary>One client from its connect to its end, with a line per event. Throws where anything is not as it should be.</summary>
    Task RunOnceAsync(int round, CancellationToken cancellation);
}
