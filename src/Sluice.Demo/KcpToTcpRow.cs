using System.Net;
using Sluice.Kcp;

namespace Sluice.Demo;

/// <summary>A KCP client without FEC, with a TCP backend.</summary>
internal sealed class KcpToTcpRow : KcpClientRow
{
    private readonly EchoBackend _backend;

    /// <summary>Starts the backend.</summary>
    public KcpToTcpRow(DemoScreen screen)
        : base(screen) => _backend = new EchoBackend(ShowBackend);

    /// <inheritdoc/>
    public override string Name => "kcp -> tcp";

    /// <inheritdoc/>
    public override IPEndPoint Backend => _backend.EndPoint;

    /// <inheritdoc/>
    protected override KcpFec Fec => KcpFec.None;

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _backend.DisposeAsync();
}
