using System.Globalization;
using Tomlyn.Parsing;

namespace Sluice.Daemon.Configuration.Sources;

/// <summary>Reads the text of an override, from the environment or the command line, in the form of its setting.</summary>
/// <remarks>
/// Quotes are awkward in a shell: a text needs none, those around it are dropped, and a list may be written with commas.
/// </remarks>
internal static class OverrideText
{
    /// <summary>Returns the text as a value.</summary>
    public static RawValue Read(string text, RawKind form, Origin origin) => form switch
    {
        RawKind.Text => Text(text, origin),
        RawKind.List => List(text, origin),
        _ => Scalar(text.Trim(), origin),
    };

    private static RawValue Text(string text, Origin origin)
    {
        bool quoted = text.Length >= 2 && text[0] is '"' or '\'' && text[^1] == text[0];
        return new RawValue(RawKind.Text, quoted ? text[1..^1] : text, origin);
    }

    private static RawValue Scalar(string text, Origin origin)
    {
        if (text is "true" or "false")
        {
            return new RawValue(RawKind.Truth, text is "true", origin);
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
        {
            return new RawValue(RawKind.WholeNumber, whole, origin);
        }

        const NumberStyles Fraction = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, Fraction, CultureInfo.InvariantCulture, out double number)
            ? new RawValue(RawKind.Number, number, origin)
            : new RawValue(RawKind.Text, text, origin);
    }

    private static RawValue List(string text, Origin origin)
    {
        text = text.Trim();
        if (text.StartsWith('['))
        {
            // "[2001:db8::]/32" begins like a list but is a rule: it does not parse as a list.
            return TomlList(text, origin) ?? Split(text, origin);
        }

        return Split(text, origin);
    }

    private static RawValue Split(string text, Origin origin) => new(
        RawKind.List,
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(item => Text(item, origin))
            .ToList(),
        origin);

    private static RawValue? TomlList(string text, Origin origin)
    {
        if (text.Contains('\n', StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            var document = SyntaxParser.Parse($"list = {text}\n", validate: false);
            RawValue? list = document.HasErrors ? null : TomlSettings.Value(document.KeyValues.FirstOrDefault()?.Value, origin.Source);
            return list is { Kind: RawKind.List } ? list.At(origin) : null;
        }
        catch (Tomlyn.TomlException)
        {
            return null;
        }
    }
}
