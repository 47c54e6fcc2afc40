using System.Text.RegularExpressions;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Sluice.Daemon.Configuration.Sources;

/// <summary>Parses TOML and finds every fault of its syntax, not only the first one and not what merely follows from it.</summary>
/// <remarks>
/// A parser that stumbles reports the rest of the file as wrong too. So the first fault is taken, its statement is blanked, and the
/// rest is parsed anew. Lines stay where they are, so the positions of what is left stay right.
/// </remarks>
internal static partial class TomlRecovery
{
    /// <summary>Faults of syntax that are looked for; each costs a parse of the file.</summary>
    private const int MaxFaults = 25;

    /// <summary>Stands in for a section header that cannot be read, so that its keys are not taken for the section before.</summary>
    private const string UnreadableSection = "section that cannot be read";

    /// <summary>Parses the text; adds the faults of its syntax. The document holds what could be read.</summary>
    public static DocumentSyntax? Parse(string text, string source, FaultList faults)
    {
        // The parser throws where a file ends behind a backslash; behind a line end it reports it.
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

    /// <summary>Whether a line, from 1, stands in a section, or sets something in it by a dotted key.</summary>
    public static bool IsIn(string section, string text, int line)
    {
        string[] lines = text.Split('\n');
        int last = Math.Clamp(line - 1, 0, lines.Length - 1);
        string? header = lines[..(last + 1)].LastOrDefault(candidate => candidate.TrimStart().StartsWith('['));
        return header is not null
            ? header.TrimStart(' ', '\t', '[', '"', '\'').StartsWith(section, StringComparison.Ordinal)
            : lines[last].TrimStart(' ', '\t', '"', '\'').StartsWith(section, StringComparison.Ordinal);
    }

    /// <summary>True for the section that stands in for an unreadable one.</summary>
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

    /// <summary>Blanks the statement that a fault stands in.</summary>
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

            // Only a statement that is still open reaches down to here.
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

    /// <summary>Brackets that are opened and not closed in the lines; a rough count, for recovery only.</summary>
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

    /// <summary>A statement that may hold a secret: nothing that the parser says of it is repeated.</summary>
    [GeneratedRegex("token|secret|passw|key|crypt|auth", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex SecretWord();

    /// <summary>A word that is long enough to be a secret behind a misspelt key.</summary>
    [GeneratedRegex("""[^\s`]{9,}""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LongWord();

    /// <summary>The parser's own names of tokens, behind the tokens themselves.</summary>
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

        message = LongWord().Replace(message, word => statement.Contains(word.Value.Trim('\'', '"', '(', ')', ',', '.', ';'), StringComparison.Ordinal) ? "…" : word.Value);
        return message.StartsWith("The maximum depth", StringComparison.Ordinal)
            ? "values are nested too deeply; nothing here needs more than a list of texts"
            : $"this is not valid TOML: {Quoted.Plain(TokenName().Replace(message, ""), 300)}{Hint(message)}";
    }
}
