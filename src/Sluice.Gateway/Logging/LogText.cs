using System.Text;

namespace Sluice.Gateway.Logging;

/// <summary>A client's key as a log may carry it: bounded, and every character that is not printable ASCII escaped.</summary>
internal static class LogText
{
    /// <summary>Longest escaped text; with everything else of a line it stays far below 2 KiB.</summary>
    private const int MaxChars = 300;

    public static string Escape(string key)
    {
        if (key.Length <= MaxChars && !key.AsSpan().ContainsAnyExceptInRange(' ', '~') && !key.AsSpan().ContainsAny('"', '\\'))
        {
            return key;
        }

        var text = new StringBuilder(Math.Min(key.Length, MaxChars) + 16);
        foreach (char c in key)
        {
            if (text.Length >= MaxChars)
            {
                return text.Append($"... ({key.Length} characters)").ToString();
            }

            _ = c switch
            {
                '"' or '\\' => text.Append('\\').Append(c),
                >= ' ' and <= '~' => text.Append(c),
                _ => text.Append("\\u").Append(((int)c).ToString("x4")),
            };
        }

        return text.ToString();
    }
}
