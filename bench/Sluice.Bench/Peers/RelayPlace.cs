using Sluice.Bench.Works;

namespace Sluice.Bench.Peers;

/// <summary>Where a relay is to run: its folder, its core, the backend it leads to, and the work that awaits it.</summary>
internal sealed record RelayPlace(Toolbox Tools, string Folder, int Core, string Backend, Work Work)
{
    public KcpSettings KcpSettings => Work.Kcp ?? throw new InvalidOperationException($"{Work.Name} is no work for KCP relays");
}
