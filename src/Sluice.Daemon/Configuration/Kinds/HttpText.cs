namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>Forms of texts in HTTP requests.</summary>
internal static class HttpText
{
    /// <summary>Whether a text is a path as in a request; empty = any.</summary>
    public static bool IsPath(string text) =>
        text.Length == 0 || (text[0] == '/' && !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.AsSpan().ContainsAny('?', '#'));

    /// <summary>Whether a text is a name of a subprotocol (an HTTP token).</summary>
    public static bool IsToken(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));
}
