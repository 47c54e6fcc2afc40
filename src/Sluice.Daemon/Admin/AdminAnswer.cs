using System.Text;

namespace Sluice.Daemon.Admin;

/// <summary>What the admin endpoint answers.</summary>
/// <param name="Status">The status of HTTP.</param>
/// <param name="ContentType">What the body is.</param>
/// <param name="Body">The body.</param>
internal sealed record AdminAnswer(int Status, string ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>A further header, where one is needed.</summary>
    public (string Name, string Value)? Header { get; init; }

    /// <summary>Plain text, line by line.</summary>
    public static AdminAnswer Text(int status, params IEnumerable<string> lines) =>
        new(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
}
