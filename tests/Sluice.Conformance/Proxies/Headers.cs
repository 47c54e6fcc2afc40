using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Sluice.Conformance.Proxies;

/// <summary>PROXY protocol headers as a proxy writes them, built byte by byte.</summary>
internal static class Headers
{
    public static readonly byte[] Signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

    /// <summary>The LOCAL command: the proxy's own health check.</summary>
    public static readonly byte[] Local = [.. Signature, 0x20, 0, 0, 0];

    public static byte[] Of(int version, string client, string destination) =>
        version == 1 ? V1(client, destination) : V2(client, destination);

    private static byte[] V1(string client, string destination)
    {
        IPEndPoint from = IPEndPoint.Parse(client);
        IPEndPoint to = IPEndPoint.Parse(destination);
        string family = from.Address.GetAddressBytes().Length == 4 ? "TCP4" : "TCP6";
        return Encoding.ASCII.GetBytes($"PROXY {family} {from.Address} {to.Address} {from.Port} {to.Port}\r\n");
    }

    private static byte[] V2(string client, string destination)
    {
        IPEndPoint from = IPEndPoint.Parse(client);
        IPEndPoint to = IPEndPoint.Parse(destination);
        byte[] address = from.Address.GetAddressBytes();
        byte[] ports = new byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(ports, (ushort)from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(ports.AsSpan(2), (ushort)to.Port);
        byte family = (byte)(address.Length == 4 ? 0x11 : 0x21);
        return
        [
            .. Signature, 0x21, family, 0, (byte)((2 * address.Length) + 4),
            .. address, .. to.Address.GetAddressBytes(), .. ports,
        ];
    }
}
