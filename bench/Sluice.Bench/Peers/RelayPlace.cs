using Sluice.Bench.Works;

namespace Sluice.Bench.Peers;

/// <summary>The environment of a relay: its folder, core, backend, work, and certificate if it needs one.</summary>
internal sealed record RelayPlace(Toolbox Tools, string Folder, int Core, string Backend, Work Work, ServerCertificate? CertificateOrNone)
{
    public KcpSettings KcpSettings => Work.Kcp ?? throw new InvalidOperationException($"{Work.Name} is not a work for KCP relays");

    public ServerCertificate Certificate => CertificateOrNone ?? throw new InvalidOperationException($"{Work.Name} is not a work with TLS");
}
