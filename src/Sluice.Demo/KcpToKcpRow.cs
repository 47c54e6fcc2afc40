using System.Net;
using Sluice.Kcp;

namespace Sluice.Demo;

/// <summary>A KCP client with FEC, with a KCP backend.</summary>
internal sealed class KcpToKcpRow : KcpClientRow
{
    private KcpEchoBackend? _backend;

    private KcpToKcpRow(DemoScreen screen)
        : base(screen)
    {
    }

    /// <inheritdoc/>
    public override string Name => "kcp -> kcp";

    /// <inheritdoc/>
    public override IPEndPoint Backend => _backend!.EndPoint;

    /// <inheritdoc/>
    protected override KcpFec Fec => KcpFec.Fixed(10, 3);

    /// <summary>Starts the backend.</summary>
    public static async Task<KcpToKcpRow> StartAsync(DemoScreen screen)
    {
        var row = new KcpToKcpRow(screen);
        row._backend = await KcpEchoBackend.StartAsync(row.ShowBackend);
        return row;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _backend!.DisposeAsync();
}
