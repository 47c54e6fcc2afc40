using System.Runtime.InteropServices;
using Sluice.Transport;

namespace Sluice.Gateway.Limits;

/// <summary>Live sessions of each network, with a limit that holds for each. Only networks with a session have an entry.</summary>
internal sealed class NetworkCounts(int limit)
{
    private readonly Dictionary<NetworkAddress, int> _counts = [];

    /// <summary>Counts a session. False where that is too many; it is not counted then.</summary>
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
