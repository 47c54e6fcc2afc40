using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.ProxyProtocol;

/// <summary>Writes the PROXY header that introduces a client to its backend.</summary>
internal sealed class Introduction(ProxyProtocolVersion version)
{
    /// <summary>The name of a backend: what the client asked for, as a TLS client would name it (SNI).</summary>
    private const byte TypeAuthority = 0x02;

    private const byte TypeUniqueId = 0x05;

    /// <summary>The first type that is reserved for applications: the client's protocol, if it is not TCP.</summary>
    private const byte TypeProtocol = 0xE0;

    /// <summary>Receivers may reject a longer one, as HAProxy does.</summary>
    private const int MaxAuthorityBytes = 255;

    /// <summary>Session ids count from 1 in every gateway; this makes them unique among gateways and restarts.</summary>
    private readonly string _process = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>The header of one session.</summary>
    /// <param name="session">Its id.</param>
    /// <param name="protocol">The client's protocol.</param>
    /// <param name="client">The client.</param>
    /// <param name="destination">The address that the client connected to.</param>
    /// <param name="name">The name of the backend, if it has one.</param>
    public byte[] Write(long session, Protocol protocol, in NetworkAddress client, in NetworkAddress destination, string? name)
    {
        if (version == ProxyProtocolVersion.V1)
        {
            return ProxyHeaderV1.Write(client, destination);
        }

        List<(byte Type, byte[] Value)> values =
            [(TypeUniqueId, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_process}-{session}")))];
        if (!string.IsNullOrEmpty(name) && Encoding.UTF8.GetBytes(name) is { Length: <= MaxAuthorityBytes } authority)
        {
            values.Add((TypeAuthority, authority));
        }

        if (protocol == Protocol.Kcp)
        {
            values.Add((TypeProtocol, Encoding.ASCII.GetBytes(protocol.ToWord())));
        }

        return ProxyHeaderV2.Write(client, destination, [.. values]);
    }
}
