using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Sluice.Registries;

/// <summary>From the key of a registry to the name of a node.</summary>
internal static class NodeName
{
    /// <summary>What stands behind the prefix. Nothing, and what is no UTF-8, is no name: no client can send it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (key.Length <= prefix.Length || !key.StartsWith(prefix) || !Utf8.IsValid(key[prefix.Length..]))
        {
            return false;
        }

        name = Encoding.UTF8.GetString(key[prefix.Length..]);
        return true;
    }
}
