using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Sluice.Registries;

/// <summary>Converts the keys of a registry to names of nodes.</summary>
internal static class NodeName
{
    /// <summary>Returns the part after the prefix. If it is empty or not UTF-8, it is not a name, because no client can send it.</summary>
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
