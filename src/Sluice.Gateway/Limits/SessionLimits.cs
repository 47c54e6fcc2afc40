using Sluice.Transport;

namespace Sluice.Gateway.Limits;

/// <summary>Counts the sessions of all loops, in all and per network, and limits how many there are and how many begin.</summary>
internal sealed class SessionLimits(LimitOptions limits, int loops, MemoryWatch? memory = null)
{
    private readonly NetworkCounts? _perClient = Counts(limits.MaxConnectionsPerIp);
    private readonly NetworkCounts? _perSubnet = Counts(limits.MaxConnectionsPerSubnet);
    private readonly RateLimit? _clientRate = Rate(limits.NewConnectionsPerIpPerSecond);
    private readonly RateLimit? _subnetRate = Rate(limits.NewConnectionsPerSubnetPerSecond);

    /// <summary>False if no limit needs a client's network, so that none is computed; that is the default.</summary>
    private readonly bool _countsNetworks = limits is not
    {
        MaxConnectionsPerIp: 0, MaxConnectionsPerSubnet: 0, NewConnectionsPerIpPerSecond: 0, NewConnectionsPerSubnetPerSecond: 0,
    };

    private int _live;

    /// <summary>Limit of pending handshakes on one loop; 0 = none.</summary>
    public int PendingPerLoop { get; } = (limits.MaxPendingHandshakes + loops - 1) / loops;

    /// <summary>Counts a session until <see cref="Leave"/>. Returns false, and counts nothing, if a limit is reached.</summary>
    public bool TryEnter(in NetworkAddress client, long now)
    {
        if (memory?.IsShort == true)
        {
            return false;
        }

        int live = Interlocked.Increment(ref _live);
        if ((limits.MaxConnections == 0 || live <= limits.MaxConnections)
            && (!_countsNetworks || TryEnterNetworks(client.ToClientNetwork(), SubnetOf(client), now)))
        {
            return true;
        }

        Interlocked.Decrement(ref _live);
        return false;
    }

    public void Leave(in NetworkAddress client)
    {
        Interlocked.Decrement(ref _live);
        _perClient?.Leave(client.ToClientNetwork());
        _perSubnet?.Leave(SubnetOf(client));
    }

    /// <summary>The IPv4 /24 or IPv6 /48 of an address.</summary>
    private static NetworkAddress SubnetOf(in NetworkAddress client)
    {
        Span<byte> bytes = stackalloc byte[16];
        client.WriteIPv6(bytes);
        bytes[(client.IsIPv4 ? 15 : 6)..].Clear();
        return NetworkAddress.FromBytes(bytes, port: 0);
    }

    private bool TryEnterNetworks(in NetworkAddress network, in NetworkAddress subnet, long now)
    {
        if (_perClient?.TryEnter(network) == false)
        {
            return false;
        }

        if (_perSubnet?.TryEnter(subnet) != false)
        {
            // Rates come last because they cannot be given back. The subnet's is checked first, so that neighbours do not use up the
            // client's.
            if (_subnetRate?.HasRoom(subnet, now) != false
                && _clientRate?.TryTake(network, now) != false
                && _subnetRate?.TryTake(subnet, now) != false)
            {
                return true;
            }

            _perSubnet?.Leave(subnet);
        }

        _perClient?.Leave(network);
        return false;
    }

    private static NetworkCounts? Counts(int limit) => limit > 0 ? new NetworkCounts(limit) : null;

    private static RateLimit? Rate(int perSecond) => perSecond > 0 ? new RateLimit(perSecond) : null;
}
