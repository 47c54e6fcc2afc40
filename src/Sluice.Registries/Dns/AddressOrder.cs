using System.Text;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Registries.Dns;

/// <summary>
/// The order in which a client tries the addresses of its node: by priority, then by a draw that only the route key determines.
/// </summary>
/// <remarks>
/// Weighted rendezvous hashing: each address draws on its own. So an added or removed address moves only its own share of the keys, and all
/// gateways use the same order, whatever the order of their name servers' answers.
/// </remarks>
internal static class AddressOrder
{
    public static Backend[] For(string key, NodeAddress[] addresses) =>
    [
        .. addresses
            .OrderBy(address => address.Priority)
            .ThenBy(address => Draw(key, address))
            .Take(Node.MaxBackends)
            .Select(address => new Backend(address.EndPoint)),
    ];

    /// <summary>The smallest draw wins. Twice the weight halves the draw, so it wins twice as often.</summary>
    private static double Draw(string key, NodeAddress address)
    {
        ulong hash = Hash(14_695_981_039_346_656_037, key);
        hash = Hash(hash, address.EndPoint.ToString());

        // FNV-1a alone leaves neighbours close together (MurmurHash3's finalizer).
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        hash ^= hash >> 33;
        double part = ((hash >> 11) + 0.5) / (1UL << 53);

        // A weight of 0 means "hardly ever", not "never" (RFC 2782).
        return -Math.Log(part) / Math.Max(address.Weight, 0.01);
    }

    /// <summary>FNV-1a over UTF-8.</summary>
    private static ulong Hash(ulong hash, string text)
    {
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ value) * 1_099_511_628_211;
        }

        return hash;
    }
}
