using System.Net;
using System.Net.Sockets;

namespace Sluice.Gateway.Dialing;

/// <summary>
/// An address of <see cref="GatewayOptions.SourceAddresses"/> cannot be used on this machine. The message says why and what to do.
/// </summary>
public sealed class SourceAddressException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="address">The address.</param>
    /// <param name="inner">What the system said.</param>
    public SourceAddressException(IPAddress address, SocketException inner)
        : base($"cannot dial from {address}: {Remedy(inner)}", inner)
    {
        Address = address;
    }

    /// <summary>The address.</summary>
    public IPAddress Address { get; }

    private static string Remedy(SocketException? inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return inner.SocketErrorCode == SocketError.AddressNotAvailable
            ? "this machine does not have it. Add it to an interface, or take it out of the list."
            : inner.Message;
    }
}
