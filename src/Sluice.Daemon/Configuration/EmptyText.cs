namespace Sluice.Daemon.Configuration;

/// <summary>An empty text in the configuration means that there is no value.</summary>
internal static class EmptyText
{
    /// <summary>Returns the text, or null if it is empty.</summary>
    public static string? OrNull(this string text) => text.Length > 0 ? text : null;
}
