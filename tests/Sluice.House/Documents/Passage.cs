using System.Text;

namespace Sluice.House.Documents;

/// <summary>Consecutive lines of prose, joined, so that a search finds what is broken over two lines.</summary>
internal sealed class Passage
{
    private readonly StringBuilder _text = new();
    private readonly List<(int Offset, int Line)> _starts = [];

    /// <summary>The lines, joined with spaces.</summary>
    public string Text => _text.ToString();

    /// <summary>Whether it has no text.</summary>
    public bool IsEmpty => _text.Length == 0;

    /// <summary>Appends a line.</summary>
    /// <param name="line">Its number in the file, from 1.</param>
    /// <param name="text">Its text without markup.</param>
    public void Add(int line, string text)
    {
        if (_text.Length > 0)
        {
            _text.Append(' ');
        }

        _starts.Add((_text.Length, line));
        _text.Append(text);
    }

    /// <summary>Returns the number of the line that contains an offset in <see cref="Text"/>.</summary>
    public int LineAt(int offset) => _starts.Last(start => start.Offset <= offset).Line;
}
