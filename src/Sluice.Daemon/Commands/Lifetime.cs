using System.Globalization;

namespace Sluice.Daemon.Commands;

/// <summary>Reads a lifetime: <c>60s</c>, <c>5m</c>, <c>1h</c>, <c>7d</c>.</summary>
internal static class Lifetime
{
    /// <summary>A longer one is a mistake, or a token that can never be revoked.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(3650);

    /// <summary>Reads a whole number from 1 with a unit. Returns false for anything else.</summary>
    public static bool TryParse(string text, out TimeSpan lifetime)
    {
        lifetime = default;
        long unit = text.Length == 0 ? 0 : text[^1] switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => 0,
        };
        if (unit == 0
            || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            || count == 0
            || count * unit > (long)Longest.TotalSeconds)
        {
            return false;
        }

        lifetime = TimeSpan.FromSeconds(count * unit);
        return true;
    }
}
