using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.ProxyProtocol;

/// <summary>What a backend is told of its client, in the first bytes of its connection.</summary>
internal sealed class Introduction(ProxyProtocolVersion version)
{
    /// <summary>The name of a backend: what the client asked for, as a TLS client would name it (SNI).</summary>
    private const byte TypeAuthority = 0x02;

    private const byte TypeUniqueId = 0x05;

    /// <summary>The first of the types that are left to applications: how the client speaks, where that is not TCP.</summary>
    private const byte TypeProtocol = 0xE0;

    /// <summary>Receivers may refuse a longer one, as HAProxy does.</summary>
    private const int MaxAuthorityBytes = 255;

    /// <summary>Ids count from 1 in every process: this tells one process from the next, and one gateway from the other.</summary>
    private readonly string _process = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>The header of one session.</summary>
    /// <param name="session">Its id.</param>
    /// <param name="protocol">How the client speaks.</param>
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
