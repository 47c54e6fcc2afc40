using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Transport;

/// <summary>An IP address with a port, as a value: no object per connection, and a key for tables.</summary>
/// <remarks>
/// IPv4 is kept as IPv4-mapped IPv6 (RFC 4291 2.5.5.2), so that one client compares equal on a dual-stack and an IPv4 listener.
/// </remarks>
public readonly record struct NetworkAddress
{
    private const ulong MappedPrefix = 0x0000_0000_0000_ffff;

    private readonly ulong _high;
    private readonly ulong _low;

    private NetworkAddress(ulong high, ulong low, ushort port, uint scopeId)
    {
        _high = high;
        _low = low;
        Port = port;
        ScopeId = IsIPv4 ? 0 : scopeId;
    }

    /// <summary>The port, in host order.</summary>
    public ushort Port { get; }

    /// <summary>IPv6 zone; 0 if there is none.</summary>
    public uint ScopeId { get; }

    /// <summary>True for an IPv4 address, mapped or not.</summary>
    public bool IsIPv4 => _high == 0 && _low >> 32 == MappedPrefix;

    /// <summary>The address that stands for all of the machine's IPv4 addresses, 0.0.0.0, with port 0.</summary>
    internal static NetworkAddress AnyIPv4 { get; } = From(IPAddress.Any, 0);

    /// <summary>The address that stands for all of the machine's addresses, ::, with port 0.</summary>
    internal static NetworkAddress AnyIPv6 => default;

    /// <summary>True for 127.0.0.0/8 and ::1.</summary>
    internal bool IsLoopback => IsIPv4 ? (byte)(_low >> 24) == 127 : _high == 0 && _low == 1;

    /// <summary>Reads the 4 or 16 bytes of an address in network order.</summary>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static NetworkAddress FromBytes(ReadOnlySpan<byte> address, ushort port, uint scopeId = 0) => address.Length switch
    {
        4 => new(0, (MappedPrefix << 32) | BinaryPrimitives.ReadUInt32BigEndian(address), port, 0),
        16 => new(BinaryPrimitives.ReadUInt64BigEndian(address), BinaryPrimitives.ReadUInt64BigEndian(address[8..]), port, scopeId),
        _ => throw new ArgumentException("An address has 4 or 16 bytes.", nameof(address)),
    };

    /// <summary>Converts from the framework's class.</summary>
    public static NetworkAddress From(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return From(endPoint.Address, (ushort)endPoint.Port);
    }

    /// <summary>Converts from the framework's class.</summary>
    public static NetworkAddress From(IPAddress address, ushort port)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int length);
        uint scope = address.AddressFamily == AddressFamily.InterNetworkV6 ? (uint)address.ScopeId : 0;
        return FromBytes(bytes[..length], port, scope);
    }

    /// <summary>Writes the 16 bytes of the IPv6 form (mapped for IPv4), in network order.</summary>
    public void WriteIPv6(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
    }

    /// <summary>Writes the 4 bytes of an IPv4 address, in network order.</summary>
    public void WriteIPv4(Span<byte> destination) => BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_low);

    /// <summary>The same address with another port.</summary>
    internal NetworkAddress WithPort(ushort port) => new(_high, _low, port, ScopeId);

    /// <summary>
    /// Who counts as one client: an IPv4 address, or the /64 of an IPv6 address, of which a single customer has all; without port and zone.
    /// </summary>
    public NetworkAddress ToClientNetwork() => new(_high, IsIPv4 ? _low : 0, 0, 0);

    /// <summary>The address alone, IPv4 unmapped.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        if (IsIPv4)
        {
            WriteIPv4(bytes);
            return new IPAddress(bytes[..4]);
        }

        WriteIPv6(bytes);
        return new IPAddress(bytes, ScopeId);
    }

    /// <summary>Converts to the framework's class, IPv4 unmapped.</summary>
    public IPEndPoint ToIPEndPoint() => new(ToIPAddress(), Port);

    /// <summary>Seeded, unlike a record's own: whoever chooses an address must not choose its place in a table.</summary>
    public override int GetHashCode() => HashCode.Combine(_high, _low, Port, ScopeId);

    /// <summary>As <c>192.0.2.1:7082</c> or <c>[2001:db8::1]:7082</c>.</summary>
    public override string ToString() => ToIPEndPoint().ToString();
}
