using System.Text.RegularExpressions;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Sluice.Daemon.Configuration.Sources;

/// <summary>Parses TOML and finds every fault of its syntax, not only the first one, and without those that follow from it.</summary>
/// <remarks>
/// After a fault, the parser reports the rest of the file as wrong too. So the statement of the first fault is blanked, and the file is
/// parsed again. Lines stay in place, so the positions of the rest stay right.
/// </remarks>
internal static partial class TomlRecovery
{
    /// <summary>Most faults of syntax to look for. Each costs a parse of the file.</summary>
    private const int MaxFaults = 25;

    /// <summary>Replaces a section header that cannot be read, so that its keys do not count for the section before.</summary>
    private const string UnreadableSection = "section that cannot be read";

    /// <summary>Parses the text and adds the faults of its syntax. The document has what could be read.</summary>
    public static DocumentSyntax? Parse(string text, string source, FaultList faults)
    {
        // The parser throws if a file ends with a backslash. After a line end it reports the fault.
        string[] lines = [.. text.Split('\n'), ""];
        DocumentSyntax? document = null;
        for (int found = 0; found < MaxFaults; found++)
        {
            if (TryParse(string.Join('\n', lines), source, out document, out (int Line, int Column, string Message) fault))
            {
                break;
            }

            int last = LastLine(lines);
            bool atEnd = fault.Line > last;
            int line = atEnd ? last : fault.Line;
            int column = atEnd ? lines[line].TrimEnd('\r').Length : fault.Column;
            faults.AddUnreadable(new Origin(source, line + 1, column + 1), Explain(fault.Message, StatementUpTo(lines, line)));
            if (line == last)
            {
                break;
            }

            Blank(lines, line);
        }

        return document;
    }

    /// <summary>Whether a line, from 1, is in a section, or sets something in it by a dotted key.</summary>
    public static bool IsIn(string section, string text, int line)
    {
        string[] lines = text.Split('\n');
        int last = Math.Clamp(line - 1, 0, lines.Length - 1);
        string? header = lines[..(last + 1)].LastOrDefault(candidate => candidate.TrimStart().StartsWith('['));
        return header is not null
            ? header.TrimStart(' ', '\t', '[', '"', '\'').StartsWith(section, StringComparison.Ordinal)
            : lines[last].TrimStart(' ', '\t', '"', '\'').StartsWith(section, StringComparison.Ordinal);
    }

    /// <summary>Whether this is the replacement of a section that cannot be read.</summary>
    public static bool IsUnreadable(KeySyntax name) =>
        name.Key is StringValueSyntax { Value: UnreadableSection };

    private static bool TryParse(string text, string source, out DocumentSyntax? document, out (int Line, int Column, string Message) fault)
    {
        document = null;
        fault = default;
        try
        {
            document = SyntaxParser.Parse(text, source, validate: false);
            if (!document.HasErrors)
            {
                return true;
            }

            DiagnosticMessage first = document.Diagnostics
                .Where(diagnostic => diagnostic.Kind == DiagnosticMessageKind.Error)
                .MinBy(diagnostic => (diagnostic.Span.Start.Line, diagnostic.Span.Start.Column))!;
            fault = first.Span.Start.Line >= 0
                ? (first.Span.Start.Line, first.Span.Start.Column, first.Message)
                : (int.MaxValue, 0, first.Message);
        }
        catch (TomlException failure)
        {
            fault = ((failure.Line ?? 1) - 1, (failure.Column ?? 1) - 1, failure.Message);
        }

        return false;
    }

    /// <summary>Blanks the statement of a fault.</summary>
    private static void Blank(string[] lines, int faultLine)
    {
        int first = faultLine;
        if (!IsStatement(lines[first]))
        {
            int above = first;
            while (above > 0 && !IsStatement(lines[above]))
            {
                above--;
            }

            // Only a statement with an open bracket reaches down to this line.
            first = OpenBrackets(lines, above, first) > 0 ? above : first;
        }

        bool header = lines[first].TrimStart().StartsWith('[');
        int last = faultLine;
        while (!header && OpenBrackets(lines, first, last + 1) > 0 && last + 1 < lines.Length && !IsStatement(lines[last + 1]))
        {
            last++;
        }

        Array.Fill(lines, "", first, last - first + 1);
        if (header)
        {
            lines[first] = $"[\"{UnreadableSection}\"]";
        }
    }

    private static int LastLine(string[] lines) =>
        Math.Max(0, Array.FindLastIndex(lines, line => !string.IsNullOrWhiteSpace(line)));

    /// <summary>Returns the number of brackets left open in the lines: a rough count, for recovery only.</summary>
    private static int OpenBrackets(string[] lines, int first, int end)
    {
        int open = 0;
        for (int i = first; i < end; i++)
        {
            foreach (char c in lines[i])
            {
                open += c switch
                {
                    '[' or '{' => 1,
                    ']' or '}' => -1,
                    _ => 0,
                };
            }
        }

        return open;
    }

    private static bool IsStatement(string line) => Statement().IsMatch(line);

    [GeneratedRegex("""^\s*(\[\[?[^,\[\]]*\]?\]?\s*(#.*)?$|[\w.'" -]+=)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Statement();

    /// <summary>Matches a statement that may contain a secret. The parser's message about it is not repeated.</summary>
    [GeneratedRegex("token|secret|passw|key|crypt|auth", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex SecretWord();

    /// <summary>Matches a word that is long enough to be a secret after a misspelt key.</summary>
    [GeneratedRegex("""[^\s`]{9,}""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LongWord();

    /// <summary>Matches the parser's own names of tokens, after the tokens themselves.</summary>
    [GeneratedRegex(@" ?\(token: [^)]*\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TokenName();

    private static string Hint(string message) => message.EndsWith("for a value", StringComparison.Ordinal)
        ? "; write a number, true, false, or a text in quotes"
        : "";

    private static string StatementUpTo(string[] lines, int line)
    {
        int first = line;
        while (first > 0 && !IsStatement(lines[first]))
        {
            first--;
        }

        return string.Join('\n', lines[first..(line + 1)]);
    }

    private static string Explain(string message, string statement)
    {
        if (message.StartsWith("Invalid newline in a string", StringComparison.Ordinal)
            || message.StartsWith("Invalid End-Of-File found on string", StringComparison.Ordinal))
        {
            return "a string is not closed; close it with the quote that it began with";
        }

        if (SecretWord().IsMatch(statement))
        {
            return "this is not valid TOML; write a text in quotes";
        }

        message = LongWord().Replace(
            message,
            word => statement.Contains(word.Value.Trim('\'', '"', '(', ')', ',', '.', ';'), StringComparison.Ordinal) ? "…" : word.Value);
        return message.StartsWith("The maximum depth", StringComparison.Ordinal)
            ? "values are nested too deeply; nothing here needs more than a list of texts"
            : $"this is not valid TOML: {Quoted.Plain(TokenName().Replace(message, ""), 300)}{Hint(message)}";
    }
}
