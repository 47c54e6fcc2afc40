using Sluice.Transport;

namespace Sluice.Gateway.Limits;

/// <summary>Limits the events per second of each network, for any number of networks and all loops, in a table of fixed size.</summary>
/// <remarks>
/// A token bucket as one number (GCRA, ITU-T I.371): the time at which a network's bucket will be full again. A second's worth may come at
/// once. A time in the past has no meaning, so entries expire by themselves. The table is split into sets of a few places. A seeded hash,
/// which nobody can predict, gives each network its set. In a set that is full of live entries, a new network evicts the entry nearest to a
/// full bucket. So nobody is locked out by others, a flood from many networks evicts its own entries, and the heaviest users are remembered
/// the longest.
/// </remarks>
internal sealed class RateLimit
{
    /// <summary>Networks that are remembered; with 32 bytes each, 2 MiB.</summary>
    public const int Places = 64 * 1024;

    private const int PlacesPerSet = 8;
    private const int Sets = Places / PlacesPerSet;
    private const int Locks = 64;
    private const long MicrosecondsPerMillisecond = 1_000;

    private readonly Entry[] _entries = new Entry[Places];
    private readonly Lock[] _locks = [.. Enumerable.Range(0, Locks).Select(_ => new Lock())];
    private readonly long _interval;
    private readonly long _burst;

    /// <param name="perSecond">1 to 10,000,000. Above 1,000,000 it counts as that.</param>
    public RateLimit(int perSecond)
    {
        _interval = Math.Max(1, 1_000_000 / perSecond);
        _burst = _interval * (Math.Min(perSecond, 1_000_000) - 1);
    }

    /// <summary>Returns whether one more may begin now, without counting it.</summary>
    /// <param name="network">The network, without port.</param>
    /// <param name="now">Milliseconds.</param>
    public bool HasRoom(in NetworkAddress network, long now)
    {
        int set = SetOf(network);
        lock (_locks[set % Locks])
        {
            return Find(set, network) is not { } place || IsWithin(_entries[place].FullAt, now * MicrosecondsPerMillisecond);
        }
    }

    /// <summary>Counts one more. Returns false, and counts nothing, if the limit is reached.</summary>
    public bool TryTake(in NetworkAddress network, long now)
    {
        long time = now * MicrosecondsPerMillisecond;
        int set = SetOf(network);
        lock (_locks[set % Locks])
        {
            int place = Find(set, network) ?? NearestToFull(set);
            ref Entry entry = ref _entries[place];
            if (entry.Network != network)
            {
                entry = new Entry { Network = network };
            }

            if (!IsWithin(entry.FullAt, time))
            {
                return false;
            }

            entry.FullAt = Math.Max(entry.FullAt, time) + _interval;
            return true;
        }
    }

    private static int SetOf(in NetworkAddress network) => (int)((uint)network.GetHashCode() % Sets);

    private bool IsWithin(long fullAt, long time) => fullAt - time <= _burst;

    private int? Find(int set, in NetworkAddress network)
    {
        for (int place = set * PlacesPerSet; place < (set + 1) * PlacesPerSet; place++)
        {
            if (_entries[place].Network == network)
            {
                return place;
            }
        }

        return null;
    }

    private int NearestToFull(int set)
    {
        int nearest = set * PlacesPerSet;
        for (int place = nearest + 1; place < (set + 1) * PlacesPerSet; place++)
        {
            if (_entries[place].FullAt < _entries[nearest].FullAt)
            {
                nearest = place;
            }
        }

        return nearest;
    }

    private struct Entry
    {
        /// <summary>The default is <c>::</c>, which is no client.</summary>
        public NetworkAddress Network;

        /// <summary>Microseconds on the loops' clock.</summary>
        public long FullAt;
    }
}
