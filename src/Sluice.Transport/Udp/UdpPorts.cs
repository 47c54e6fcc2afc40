using System.Runtime.InteropServices;

namespace Sluice.Transport.Udp;

/// <summary>The two ends of a connected UDP socket. The system delivers datagrams by them, so no two sockets may have the same.</summary>
/// <param name="Local">The port, with the source address that was asked for, or 0.0.0.0 or :: if the system chose it.</param>
/// <param name="Remote">The peer.</param>
internal readonly record struct UdpPath(NetworkAddress Local, NetworkAddress Remote);

/// <summary>
/// The local ports of a process's connected UDP sockets. Sockets to different peers share a port once the system has none left: for TCP it
/// shares ports by itself, for UDP it neither does so nor rejects two sockets with the same path.
/// </summary>
/// <remarks>
/// Only ports that the system gave to this process are shared, so none that is reserved or that another program uses
/// (docs/decisions/0018-source-ports.md).
/// </remarks>
internal sealed class UdpPorts
{
    private readonly Lock _lock = new();
    private readonly HashSet<UdpPath> _paths = [];
    private readonly Dictionary<NetworkAddress, int> _pathsTo = [];
    private readonly Dictionary<NetworkAddress, (int Index, int Paths)> _ports = [];

    /// <summary>The keys of <see cref="_ports"/>, so that a search can begin anywhere.</summary>
    private readonly List<NetworkAddress> _order = [];

    /// <summary>The ports of this process, whichever loop or gateway uses them.</summary>
    public static UdpPorts OfThisProcess { get; } = new();

    /// <summary>Records a path whose port the system chose. Returns false if it is known already, from another network namespace.</summary>
    public bool TryAdd(in UdpPath path)
    {
        lock (_lock)
        {
            if (!_paths.Add(path))
            {
                return false;
            }

            if (_ports.TryGetValue(path.Local, out (int Index, int Paths) port))
            {
                _ports[path.Local] = (port.Index, port.Paths + 1);
            }
            else
            {
                _ports.Add(path.Local, (_order.Count, 1));
                _order.Add(path.Local);
            }

            _pathsTo[path.Remote] = _pathsTo.GetValueOrDefault(path.Remote) + 1;
            return true;
        }
    }

    /// <summary>Finds a port that no socket uses for this peer yet, and records the path.</summary>
    /// <param name="source">The address that was asked for, or 0.0.0.0 or :: if the system chooses.</param>
    /// <param name="remote">The peer.</param>
    /// <param name="path">The new path, to be removed by the caller.</param>
    /// <returns>False if every port is in use for this peer.</returns>
    public bool TryShare(in NetworkAddress source, in NetworkAddress remote, out UdpPath path)
    {
        lock (_lock)
        {
            path = default;
            if (_pathsTo.GetValueOrDefault(remote) >= _order.Count)
            {
                return false;
            }

            int start = Random.Shared.Next(_order.Count);
            for (int i = 0; i < _order.Count; i++)
            {
                path = new UdpPath(_order[(start + i) % _order.Count], remote);

                // From the peer's own port a socket on the same machine would speak to itself.
                if (path.Local.WithPort(0) == source && path.Local.Port != remote.Port && TryAdd(path))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Forgets a path. Call it before the socket is closed: afterwards the system may give the port to another one.</summary>
    public void Remove(in UdpPath path)
    {
        lock (_lock)
        {
            _paths.Remove(path);
            (int index, int paths) = _ports[path.Local];
            if (paths > 1)
            {
                _ports[path.Local] = (index, paths - 1);
            }
            else
            {
                _ports.Remove(path.Local);
                NetworkAddress last = _order[^1];
                _order.RemoveAt(_order.Count - 1);
                if (last != path.Local)
                {
                    _order[index] = last;
                    _ports[last] = (index, _ports[last].Paths);
                }
            }

            if (--CollectionsMarshal.GetValueRefOrNullRef(_pathsTo, path.Remote) == 0)
            {
                _pathsTo.Remove(path.Remote);
            }
        }
    }
}
