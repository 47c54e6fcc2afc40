using System.Runtime.InteropServices;
using Sluice.Transport;

namespace Sluice.Gateway.Limits;

/// <summary>Sessions over all loops: their number in all and per client, their limits, their ids.</summary>
internal sealed class SessionCount(LimitOptions limits, int loops)
{
    private readonly Dictionary<NetworkAddress, int> _perClient = [];
    private int _live;
    private long _lastId;

    /// <summary>One loop's part of the pending handshakes.</summary>
    public int PendingPerLoop { get; } = (limits.MaxPendingHandshakes + loops - 1) / loops;

    public long NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>Counts a session. False where it is above a limit; it is counted all the same until <see cref="Leave"/>.</summary>
    public bool TryEnter(in NetworkAddress client)
    {
        int live = Interlocked.Increment(ref _live);
        bool admitted = limits.MaxConnections == 0 || live <= limits.MaxConnections;
        if (limits.MaxConnectionsPerIp > 0)
        {
            lock (_perClient)
            {
                ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(_perClient, client.ToClientNetwork(), out _);
                admitted &= ++count <= limits.MaxConnectionsPerIp;
            }
        }

        return admitted;
    }

    public void Leave(in NetworkAddress client)
    {
        Interlocked.Decrement(ref _live);
        if (limits.MaxConnectionsPerIp > 0)
        {
            lock (_perClient)
            {
                NetworkAddress network = client.ToClientNetwork();
                int left = _perClient[network] - 1;
                if (left > 0)
                {
                    _perClient[network] = left;
                }
                else
                {
                    _perClient.Remove(network);
                }
            }
        }
    }
}
