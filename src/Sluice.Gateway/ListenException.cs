using System.Net;
using System.Net.Sockets;

namespace Sluice.Gateway;

/// <summary>A listener could not be bound. The message names its configuration key, the address and the remedy.</summary>
public sealed class ListenException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="section">Section of the configuration that the listener is set in.</param>
    /// <param name="endPoint">Where it should have listened.</param>
    /// <param name="inner">What the system said.</param>
    public ListenException(string section, IPEndPoint endPoint, SocketException inner)
        : base($"[{section}] cannot listen on {endPoint}: {Remedy(Required(inner))}", inner)
    {
        Error = inner.SocketErrorCode;
    }

    /// <summary>What the system said.</summary>
    public SocketError Error { get; }

    private static string Remedy(SocketException inner) => inner.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "the address is in use. End the program that has it, or choose another port.",
        SocketError.AddressNotAvailable => "this machine has no such address. Correct bind, or leave it out to listen on all.",
        SocketError.AccessDenied => "permission is denied. Ports below 1024 need CAP_NET_BIND_SERVICE; choose a higher one.",
        SocketError.AddressFamilyNotSupported => "this machine has no such address family. Correct bind.",
        _ => inner.Message,
    };

    private static SocketException Required(SocketException inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return inner;
    }
}
