namespace Sluice.Transport.WebSocket;

/// <summary>
/// A client's request to speak WebSocket, as it was read. Texts have one character per byte (Latin-1), whatever the bytes mean.
/// </summary>
public sealed class UpgradeRequest
{
    internal UpgradeRequest(string target, List<KeyValuePair<string, string>> headers, string nonce)
    {
        int question = target.IndexOf('?', StringComparison.Ordinal);
        Path = question < 0 ? target : target[..question];
        Query = question < 0 ? "" : target[(question + 1)..];
        Headers = headers;
        Nonce = nonce;
    }

    /// <summary>The target up to the question mark, as it was sent.</summary>
    public string Path { get; }

    /// <summary>The target after the question mark, as it was sent.</summary>
    public string Query { get; }

    /// <summary>
    /// The headers that a WebSocket client or its key needs, in the order they came, blanks around the value removed. Others are not kept.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>The subprotocols that the client offers, in its order.</summary>
    public IEnumerable<string> Protocols => Items("Sec-WebSocket-Protocol");

    /// <summary>The value of <c>Sec-WebSocket-Key</c>.</summary>
    internal string Nonce { get; }

    /// <summary>The last header of that name, whatever its case; null if there is none, or if its name means nothing here.</summary>
    public string? Last(string name)
    {
        for (int i = Headers.Count - 1; i >= 0; i--)
        {
            if (string.Equals(Headers[i].Key, name, StringComparison.OrdinalIgnoreCase))
            {
                return Headers[i].Value;
            }
        }

        return null;
    }

    /// <summary>The items of a header that is a list, over all its lines.</summary>
    public IEnumerable<string> Items(string name) =>
        Headers
            .Where(header => string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase))
            .SelectMany(header => header.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
