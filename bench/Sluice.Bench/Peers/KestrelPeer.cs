using System.Globalization;
using Sluice.Bench.Processes;
using Sluice.Bench.Works;

namespace Sluice.Bench.Peers;

/// <summary>The minimal WebSocket relay on ASP.NET Core's Kestrel, in peers/kestrel.</summary>
internal sealed class KestrelPeer : Peer
{
    /// <summary>Holds a message of the bulk works. Works with many idle connections use the smaller size.</summary>
    private const int Buffer = 64 * 1024;
    private const int IdleBuffer = 4 * 1024;

    public override string Name => "kestrel";

    public override IReadOnlyList<string> Programs => [];

    public override bool CanDo(Work work) => work.Wire.WebSocket;

    public override Task<Relay> StartAsync(RelayPlace place, CancellationToken stop)
    {
        var buffer = (place.Work is IdleWork ? IdleBuffer : Buffer).ToString(CultureInfo.InvariantCulture);
        string[] certificate = place.Work.Wire.Tls
            ? ["--cert", place.Certificate.CertificateFile, "--key", place.Certificate.KeyFile]
            : [];
        string[] command = [place.Tools.Kestrel, "--buffer", buffer, .. certificate];
        return Relay.WhenItIsReadyAsync(() => Child.Start(Name, command, place.Core, place.Folder), key: place.Backend, stop);
    }
}
