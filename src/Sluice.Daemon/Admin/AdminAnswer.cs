using System.Text;

namespace Sluice.Daemon.Admin;

/// <summary>An answer of the admin endpoint.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="ContentType">The type of the body.</param>
/// <param name="Body">The body.</param>
internal sealed record AdminAnswer(int Status, string ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>A further header, if one is needed.</summary>
    public (string Name, string Value)? Header { get; init; }

    /// <summary>Returns lines of plain text.</summary>
    public static AdminAnswer Text(int status, params IEnumerable<string> lines) =>
        new(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
}
