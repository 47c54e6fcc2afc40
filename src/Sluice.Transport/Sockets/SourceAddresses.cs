using System.Net;

namespace Sluice.Transport.Sockets;

/// <summary>The local addresses that a loop dials from, in turn. Not thread-safe: each loop has its own.</summary>
internal sealed class SourceAddresses
{
    private readonly NetworkAddress[][] _groups;
    private readonly int[] _next;

    /// <summary>Sorts the addresses by the targets that they can reach.</summary>
    /// <param name="addresses">Addresses of this machine; empty = the system chooses.</param>
    public SourceAddresses(IReadOnlyList<IPAddress> addresses)
    {
        _groups = [.. Enumerable.Range(0, 4).Select(group =>
            addresses.Select(address => NetworkAddress.From(address, 0)).Where(address => GroupOf(address) == group).ToArray())];
        _next = new int[_groups.Length];

        // Loops begin at different places, so that few dials on many loops use the whole pool too.
        for (int group = 0; group < _groups.Length; group++)
        {
            _next[group] = Random.Shared.Next(Math.Max(1, _groups[group].Length));
        }
    }

    /// <summary>Number of addresses that can reach a target; 0 if the system must choose.</summary>
    public int CountFor(in NetworkAddress target) => _groups[GroupOf(target)].Length;

    /// <summary>
    /// Returns the next address to dial a target from, with port 0. That is 0.0.0.0 or :: if the system must choose.
    /// </summary>
    public NetworkAddress Next(in NetworkAddress target)
    {
        int group = GroupOf(target);
        NetworkAddress[] addresses = _groups[group];
        if (addresses.Length == 0)
        {
            return target.IsIPv4 ? NetworkAddress.AnyIPv4 : NetworkAddress.AnyIPv6;
        }

        int next = _next[group];
        _next[group] = (next + 1) % addresses.Length;
        return addresses[next];
    }

    /// <summary>Whether an address of <see cref="Next"/> leaves address and port to the system.</summary>
    public static bool IsUnbound(in NetworkAddress local) => local == NetworkAddress.AnyIPv4 || local == NetworkAddress.AnyIPv6;

    /// <summary>A socket reaches only targets of its own family, and a loopback address reaches only loopback.</summary>
    private static int GroupOf(in NetworkAddress address) => (address.IsIPv4 ? 0 : 1) + (address.IsLoopback ? 2 : 0);
}
