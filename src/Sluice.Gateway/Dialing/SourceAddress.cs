using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Sluice.Transport;

namespace Sluice.Gateway.Dialing;

/// <summary>Checks the addresses of <see cref="GatewayOptions.SourceAddresses"/>.</summary>
public static class SourceAddress
{
    /// <summary>
    /// Whether connections can have an address as their source. Link-local ones cannot: what they reach depends on the interface.
    /// </summary>
    public static bool CanBeUsed([NotNullWhen(true)] IPAddress? address) =>
        address is not null
        && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) && !address.Equals(IPAddress.Broadcast)
        && !address.IsIPv6Multicast && !address.IsIPv6LinkLocal && !IsIPv4Multicast(address);

    /// <summary>Checks that this machine has the addresses.</summary>
    /// <exception cref="SourceAddressException">It does not have one of them.</exception>
    internal static void ThrowIfNotLocal(IEnumerable<IPAddress> addresses)
    {
        foreach (IPAddress address in addresses)
        {
            try
            {
                IPEndPoint endPoint = NetworkAddress.From(address, 0).ToIPEndPoint();
                using var probe = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                probe.Bind(endPoint);
            }
            catch (SocketException failure) when (failure.SocketErrorCode != SocketError.AddressAlreadyInUse)
            {
                throw new SourceAddressException(address, failure);
            }
        }
    }

    private static bool IsIPv4Multicast(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] is >= 224 and <= 239;
}
