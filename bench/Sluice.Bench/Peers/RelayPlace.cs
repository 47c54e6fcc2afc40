namespace Sluice.Bench.Peers;

/// <summary>Where a relay is to run: its folder, its core, the backend it leads to, and whether it shall relay without copying.</summary>
internal sealed record RelayPlace(Toolbox Tools, string Folder, int Core, string Backend, bool ZeroCopy);
