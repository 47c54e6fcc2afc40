using System.Buffers;

namespace Sluice.Tokens.Verification;

/// <summary>
/// Checks whether bytes are a JSON object (RFC 8259) without exceptions. The framework's reader throws, so that garbage would cost more
/// than a good token.
/// </summary>
internal static class JsonShape
{
    private static readonly SearchValues<byte> EndsPlainText =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(value => (byte)value), (byte)'"', (byte)'\\']);

    /// <summary>Returns whether the bytes are an object and nothing else, without half a surrogate pair in a text.</summary>
    /// <param name="json">Valid UTF-8.</param>
    /// <param name="depth">The most levels of nested objects and lists, including the outermost.</param>
    public static bool IsObject(ReadOnlySpan<byte> json, int depth)
    {
        int at = 0;
        SkipBlanks(json, ref at);
        if (Peek(json, at) != '{' || !IsValue(json, ref at, depth))
        {
            return false;
        }

        SkipBlanks(json, ref at);
        return at == json.Length;
    }

    private static int Peek(ReadOnlySpan<byte> json, int at) => at < json.Length ? json[at] : -1;

    private static void SkipBlanks(ReadOnlySpan<byte> json, ref int at)
    {
        while (Peek(json, at) is ' ' or '\t' or '\r' or '\n')
        {
            at++;
        }
    }

    private static bool Take(ReadOnlySpan<byte> json, ref int at, char letter)
    {
        bool found = Peek(json, at) == letter;
        at += found ? 1 : 0;
        return found;
    }

    private static bool IsValue(ReadOnlySpan<byte> json, ref int at, int depth) => Peek(json, at) switch
    {
        '{' => depth > 0 && IsList(json, ref at, depth - 1, '}'),
        '[' => depth > 0 && IsList(json, ref at, depth - 1, ']'),
        '"' => IsText(json, ref at),
        't' => IsWord(json, ref at, "true"u8),
        'f' => IsWord(json, ref at, "false"u8),
        'n' => IsWord(json, ref at, "null"u8),
        _ => IsNumber(json, ref at),
    };

    /// <summary>Reads the contents of brackets or braces. In braces each value has a name.</summary>
    private static bool IsList(ReadOnlySpan<byte> json, ref int at, int depth, char end)
    {
        at++;
        SkipBlanks(json, ref at);
        if (Take(json, ref at, end))
        {
            return true;
        }

        do
        {
            SkipBlanks(json, ref at);
            if (end == '}' && !IsName(json, ref at))
            {
                return false;
            }

            SkipBlanks(json, ref at);
            if (!IsValue(json, ref at, depth))
            {
                return false;
            }

            SkipBlanks(json, ref at);
        }
        while (Take(json, ref at, ','));
        return Take(json, ref at, end);
    }

    private static bool IsName(ReadOnlySpan<byte> json, ref int at)
    {
        if (Peek(json, at) != '"' || !IsText(json, ref at))
        {
            return false;
        }

        SkipBlanks(json, ref at);
        return Take(json, ref at, ':');
    }

    private static bool IsText(ReadOnlySpan<byte> json, ref int at)
    {
        at++;
        while (true)
        {
            int plain = json[at..].IndexOfAny(EndsPlainText);
            if (plain < 0)
            {
                return false;
            }

            at += plain;
            if (Take(json, ref at, '"'))
            {
                return true;
            }

            if (!IsEscape(json, ref at))
            {
                return false;
            }
        }
    }

    private static bool IsEscape(ReadOnlySpan<byte> json, ref int at)
    {
        if (Peek(json, at) != '\\')
        {
            return false;
        }

        at++;
        if (Peek(json, at) != 'u')
        {
            return Peek(json, at++) is '"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't';
        }

        int unit = TakeUnit(json, ref at);
        return unit is >= 0 and (< 0xd800 or > 0xdfff)
            || (unit is >= 0xd800 and <= 0xdbff
                && Take(json, ref at, '\\')
                && Peek(json, at) == 'u'
                && TakeUnit(json, ref at) is >= 0xdc00 and <= 0xdfff);
    }

    /// <summary>Returns the UTF-16 unit of <c>u</c> and four hexadecimal digits; -1 for anything else.</summary>
    private static int TakeUnit(ReadOnlySpan<byte> json, ref int at)
    {
        at++;
        int unit = 0;
        for (int end = at + 4; at < end; at++)
        {
            int digit = Peek(json, at) switch
            {
                >= '0' and <= '9' and var letter => letter - '0',
                >= 'a' and <= 'f' and var letter => letter - 'a' + 10,
                >= 'A' and <= 'F' and var letter => letter - 'A' + 10,
                _ => -1,
            };
            if (digit < 0)
            {
                return -1;
            }

            unit = (unit << 4) | digit;
        }

        return unit;
    }

    private static bool IsWord(ReadOnlySpan<byte> json, ref int at, ReadOnlySpan<byte> word)
    {
        bool found = json[at..].StartsWith(word);
        at += word.Length;
        return found;
    }

    private static bool IsNumber(ReadOnlySpan<byte> json, ref int at)
    {
        Take(json, ref at, '-');
        if (!Take(json, ref at, '0') && !AreDigits(json, ref at))
        {
            return false;
        }

        if (Take(json, ref at, '.') && !AreDigits(json, ref at))
        {
            return false;
        }

        if (!Take(json, ref at, 'e') && !Take(json, ref at, 'E'))
        {
            return true;
        }

        _ = Take(json, ref at, '+') || Take(json, ref at, '-');
        return AreDigits(json, ref at);
    }

    private static bool AreDigits(ReadOnlySpan<byte> json, ref int at)
    {
        int from = at;
        while (Peek(json, at) is >= '0' and <= '9')
        {
            at++;
        }

        return at > from;
    }
}
