namespace Sluice.Bench.Peers;

/// <summary>All relays, in the order of their turns.</summary>
internal static class PeerList
{
    public static IReadOnlyList<Peer> Select(BenchOptions options)
    {
        var (benchmark, settings) = (options.Benchmark, options.SluiceSettings);
        Peer[] known = [.. benchmark.Others(options), new SluicePeer(SluiceVariant.Plain, benchmark.GateFor, settings)];
        foreach (var name in options.Peers)
        {
            if (!known.Any(peer => string.Equals(peer.Name, name, StringComparison.Ordinal)))
            {
                throw new BenchException($"unknown relay '{name}'; available: {string.Join(' ', known.Select(peer => peer.Name))}");
            }
        }

        return
        [
            .. known.Where(peer => options.Peers.Count == 0 || options.Peers.Contains(peer.Name, StringComparer.Ordinal)),
            .. options.Variants.Select(variant => new SluicePeer(variant, benchmark.GateFor, settings)),
        ];
    }
}
