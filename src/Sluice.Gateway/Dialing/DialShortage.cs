using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Logging;
using Sluice.Transport;

namespace Sluice.Gateway.Dialing;

/// <summary>Dials that failed because this machine ran out of something: the backend is not to blame. Shared by all loops.</summary>
internal sealed class DialShortage(ILogger logger)
{
    private long _count;
    private WarningInterval _warning = new();

    /// <summary>Dials that failed this way.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Returns what ran out; null if the error says nothing about this machine.</summary>
    public static string? What(SocketError error) => error switch
    {
        SocketError.AddressNotAvailable =>
            "no local port is left for it (EADDRNOTAVAIL); widen net.ipv4.ip_local_port_range or set source_addresses",
        SocketError.TooManyOpenSockets => "no file descriptor is left (EMFILE or ENFILE); see ulimit -n and fs.file-max",
        SocketError.NoBufferSpaceAvailable => "the system has no memory left for sockets (ENOBUFS or ENOMEM)",
        _ => null,
    };

    /// <summary>Counts a failed dial, and warns now and then.</summary>
    public void Note(in NetworkAddress address, string what, long now)
    {
        Interlocked.Increment(ref _count);
        if (_warning.TryBegin(now))
        {
            DialLog.CannotDial(logger, address, what);
        }
    }
}
