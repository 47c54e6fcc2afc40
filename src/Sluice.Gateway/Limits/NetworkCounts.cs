using System.Runtime.InteropServices;
using Sluice.Transport;

namespace Sluice.Gateway.Limits;

/// <summary>Counts the live sessions of each network up to a limit. Only networks with a session have an entry.</summary>
internal sealed class NetworkCounts(int limit)
{
    private readonly Dictionary<NetworkAddress, int> _counts = [];

    /// <summary>Counts a session. Returns false, and counts nothing, if the limit is reached.</summary>
    public bool TryEnter(in NetworkAddress network)
    {
        lock (_counts)
        {
            ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, network, out _);
            if (count >= limit)
            {
                return false;
            }

            count++;
            return true;
        }
    }

    public void Leave(in NetworkAddress network)
    {
        lock (_counts)
        {
            int left = _counts[network] - 1;
            if (left > 0)
            {
                _counts[network] = left;
            }
            else
            {
                _counts.Remove(network);
            }
        }
    }
}
