using Sluice.Transport;

namespace Sluice.Gateway.Limits;

/// <summary>So many events per second for each of any number of networks, in a table of fixed size, for all loops.</summary>
/// <remarks>
/// A token bucket as one number (GCRA, ITU-T I.371): the time at which a network's bucket will be full again. A second's worth may come at once.
/// A time that has passed means nothing any more, so entries end by themselves.
/// The table is split into sets of a few places, and a network has its place in one of them, which nobody can foresee (seeded hash). In a set
/// that is full of live entries the newcomer takes the place of the one that is nearest to a full bucket: nobody is ever locked out by others,
/// who floods from everywhere pushes out his own, and the heaviest stay known the longest.
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

    /// <summary>True where one more may begin now; it is not counted.</summary>
    /// <param name="network">Who, without port.</param>
    /// <param name="now">Milliseconds.</param>
    public bool HasRoom(in NetworkAddress network, long now)
    {
        int set = SetOf(network);
        lock (_locks[set % Locks])
        {
            return Find(set, network) is not { } place || IsWithin(_entries[place].FullAt, now * MicrosecondsPerMillisecond);
        }
    }

    /// <summary>Counts one more. False where that is too many; it is not counted then.</summary>
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
