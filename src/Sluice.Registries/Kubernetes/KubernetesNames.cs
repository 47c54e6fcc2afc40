using System.Buffers;

namespace Sluice.Registries.Kubernetes;

/// <summary>Checks names of Kubernetes.</summary>
/// <remarks>https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and .../labels/.</remarks>
public static class KubernetesNames
{
    private const int MaxLabelChars = 63;
    private const int MaxPrefixChars = 253;
    private const int MaxPortChars = 15;

    private static readonly SearchValues<char> PrefixChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");
    private static readonly SearchValues<char> LabelChars = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Returns whether a text can name a namespace: lower case letters, digits and hyphens, up to 63.</summary>
    public static bool IsNamespace(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is >= 1 and <= MaxLabelChars && text.All(IsSmall) && text[0] != '-' && text[^1] != '-';
    }

    /// <summary>Returns whether a text can name a container port: like a namespace, up to 15 characters, with a letter.</summary>
    public static bool IsPortName(string text) => IsNamespace(text) && text.Length <= MaxPortChars && text.Any(char.IsAsciiLetter);

    /// <summary>Returns whether a text can name a label or annotation, with or without a prefix: <c>game.example/name</c>.</summary>
    public static bool IsLabel(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        ReadOnlySpan<char> prefix = slash < 0 ? "p" : text.AsSpan(0, slash);
        ReadOnlySpan<char> name = text.AsSpan(slash + 1);
        return prefix.Length is >= 1 and <= MaxPrefixChars
            && name.Length is >= 1 and <= MaxLabelChars
            && char.IsAsciiLetterOrDigit(name[0])
            && char.IsAsciiLetterOrDigit(name[^1])
            && !prefix.ContainsAnyExcept(PrefixChars)
            && !name.ContainsAnyExcept(LabelChars);
    }

    private static bool IsSmall(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-';
}
