using Sluice.Bench.Works;

namespace Sluice.Bench.Peers;

/// <summary>Where a relay is to run: its folder, its core, the backend it leads to, the work that awaits it, and its certificate if it needs one.</summary>
internal sealed record RelayPlace(Toolbox Tools, string Folder, int Core, string Backend, Work Work, ServerCertificate? CertificateOrNone)
{
    public KcpSettings KcpSettings => Work.Kcp ?? throw new InvalidOperationException($"{Work.Name} is no work for KCP relays");

    public ServerCertificate Certificate => CertificateOrNone ?? throw new InvalidOperationException($"{Work.Name} is no work for TLS");
}
