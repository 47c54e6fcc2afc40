using System.Text;

namespace Sluice.Registries.Redis;

/// <summary>Patterns of Redis, in which some characters must be escaped.</summary>
internal static class GlobPattern
{
    /// <summary>Returns a pattern for all keys that begin with this text.</summary>
    public static string BeginsWith(string text)
    {
        var pattern = new StringBuilder(text.Length + 8);
        foreach (char c in text)
        {
            if (c is '*' or '?' or '[' or ']' or '^' or '-' or '\\')
            {
                pattern.Append('\\');
            }

            pattern.Append(c);
        }

        return pattern.Append('*').ToString();
    }
}
