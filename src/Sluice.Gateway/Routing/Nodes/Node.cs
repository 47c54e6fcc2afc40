using System.Text;

namespace Sluice.Gateway.Routing.Nodes;

/// <summary>
/// A node as its registry has it: where it listens, and whether it takes new sessions. It never changes; a change makes a new one.
/// </summary>
public sealed class Node
{
    /// <summary>Addresses that one node may have; a value with more is malformed, since no client waits for so many dials.</summary>
    public const int MaxBackends = 16;

    private readonly Backend[] _backends;

    /// <summary>
    /// The backends once for each other place to start at, so that a lookup allocates nothing; null for the many nodes with one address.
    /// </summary>
    private readonly Backend[][]? _rotations;

    /// <summary>Creates a node.</summary>
    /// <param name="backends">1 to <see cref="MaxBackends"/> backends.</param>
    /// <param name="state">Whether it takes new sessions.</param>
    public Node(IReadOnlyList<Backend> backends, NodeState state = NodeState.Up)
    {
        ArgumentNullException.ThrowIfNull(backends);
        ArgumentOutOfRangeException.ThrowIfZero(backends.Count, nameof(backends));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(backends.Count, MaxBackends, nameof(backends));
        State = state;
        _backends = [.. backends];
        if (_backends.Length > 1)
        {
            _rotations = [.. _backends.Select((_, start) => (Backend[])[.. _backends[start..], .. _backends[..start]])];
        }
    }

    /// <summary>Whether it takes new sessions.</summary>
    public NodeState State { get; }

    /// <summary>Its backends, in the order in which they were registered.</summary>
    public IReadOnlyList<Backend> Backends => _backends;

    /// <summary>What a client with this key gets: the backends, starting at a place that the key decides, or a refusal.</summary>
    public Resolution For(string key) => State switch
    {
        NodeState.Draining => Resolution.Draining,
        NodeState.Full => Resolution.Busy,
        _ => Resolution.To(_rotations is null ? _backends : _rotations[StartOf(key)]),
    };

    /// <summary>FNV-1a over the key's UTF-8: the same place in every gateway, after every start (string.GetHashCode is seeded).</summary>
    private int StartOf(string key)
    {
        uint hash = 2_166_136_261;
        Span<byte> bytes = stackalloc byte[4];
        foreach (Rune rune in key.EnumerateRunes())
        {
            foreach (byte value in bytes[..rune.EncodeToUtf8(bytes)])
            {
                hash = (hash ^ value) * 16_777_619;
            }
        }

        return (int)(hash % (uint)_backends.Length);
    }
}
