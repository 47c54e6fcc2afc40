using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Sluice.Gateway.Routing.Nodes;

/// <summary>
/// Reads what stands in a registry for a node: <c>host:port</c>, JSON <c>{"host":"…","port":7083,"state":"up","protocol":"tcp"}</c>, or a
/// JSON list of either for a node with several addresses.
/// </summary>
internal static class NodeValue
{
    /// <summary>Longest value that is read, in bytes.</summary>
    public const int MaxBytes = 16_384;

    private const string NoText = "it is neither host:port nor JSON";

    /// <summary>A number with more is written for no reader; within it, the framework's decimal is exact.</summary>
    private const int MaxNumberChars = 24;

    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    private static readonly JsonReaderOptions Strict = new()
    {
        MaxDepth = 32,
        AllowTrailingCommas = false,
        CommentHandling = JsonCommentHandling.Disallow,
    };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xef, 0xbb, 0xbf];

    /// <summary>Reads a value.</summary>
    /// <param name="value">UTF-8; a byte order mark in front is ignored.</param>
    /// <param name="node">The node.</param>
    /// <param name="problem">What is wrong with it, for the log; it repeats nothing of the value.</param>
    public static bool TryParse(ReadOnlySpan<byte> value, [NotNullWhen(true)] out Node? node, [NotNullWhen(false)] out string? problem)
    {
        node = null;
        if (value.Length > MaxBytes)
        {
            problem = $"it has more than {MaxBytes} bytes";
            return false;
        }

        value = (value.StartsWith(ByteOrderMark) ? value[ByteOrderMark.Length..] : value).Trim(" \t\r\n"u8);
        try
        {
            if (!LooksLikeJson(value))
            {
                // The common form, a hundred thousand times over when a registry is loaded.
                bool read = Backend.TryParse(StrictUtf8.GetString(value), out Backend? backend);
                node = read ? new Node([backend!]) : null;
                problem = read ? null : NoText;
                return read;
            }

            var backends = new List<Backend>();
            var state = NodeState.Up;
            problem = ReadJson(value, backends, ref state);
            node = problem is null ? new Node(backends, state) : null;
            return node is not null;
        }
        catch (JsonException failure)
        {
            problem = $"it is no JSON, at byte {failure.BytePositionInLine} of line {failure.LineNumber + 1}";
            return false;
        }
        catch (ArgumentException)
        {
            problem = "it is not UTF-8";
            return false;
        }
        catch (InvalidOperationException)
        {
            problem = "it holds text that is not Unicode";
            return false;
        }
    }

    /// <summary>A list, that is, and no IPv6 address in its brackets.</summary>
    private static bool LooksLikeJson(ReadOnlySpan<byte> value) =>
        value.StartsWith("{"u8)
        || (value.StartsWith("["u8) && !(value.Length > 1 && (value[1] == ':' || char.IsAsciiHexDigit((char)value[1]))));

    private static string? ReadText(string text, List<Backend> backends)
    {
        if (!Backend.TryParse(text, out Backend? backend))
        {
            return NoText;
        }

        backends.Add(backend);
        return null;
    }

    private static string? ReadJson(ReadOnlySpan<byte> value, List<Backend> backends, ref NodeState state)
    {
        var reader = new Utf8JsonReader(value, Strict);
        reader.Read();
        string? problem = reader.TokenType == JsonTokenType.StartArray
            ? ReadList(ref reader, backends, ref state)
            : ReadObject(ref reader, backends, ref state);
        if (problem is null)
        {
            // Throws where more stands behind it.
            reader.Read();
        }

        return problem;
    }

    private static string? ReadList(ref Utf8JsonReader reader, List<Backend> backends, ref NodeState state)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            string? problem = reader.TokenType switch
            {
                JsonTokenType.String => ReadText(reader.GetString()!, backends),
                JsonTokenType.StartObject => ReadObject(ref reader, backends, ref state),
                _ => "its list holds something that is no address; write for example [\"10.0.0.5:7083\"]",
            };
            if (problem is not null)
            {
                return problem;
            }
        }

        return backends.Count switch
        {
            0 => "its list is empty; write at least one address",
            > Node.MaxBackends => $"its list has more than {Node.MaxBackends} addresses",
            _ => null,
        };
    }

    private static string? ReadObject(ref Utf8JsonReader reader, List<Backend> backends, ref NodeState state)
    {
        string? host = null;
        int port = 0;
        var protocol = BackendProtocol.AsClient;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!seen.Add(name))
            {
                // Which of two values counts is a question that an attacker would answer otherwise than the operator.
                return $"\"{Known(name)}\" stands in it twice";
            }

            reader.Read();
            switch (name)
            {
                case "host" when reader.TokenType == JsonTokenType.String:
                    host = reader.GetString();
                    break;
                case "port" when TryReadPort(ref reader, out port):
                    break;
                case "state" when TryReadState(ref reader, ref state):
                case "protocol" when TryReadProtocol(ref reader, out protocol):
                    break;
                case "host":
                    return "its \"host\" has a value that cannot be used; write an address or a name, in quotes";
                case "port":
                    return "its \"port\" has a value that cannot be used; write a number from 1 to 65535, without quotes";
                case "state":
                    return "its \"state\" has a value that cannot be used; write \"up\", \"draining\" or \"full\"";
                case "protocol":
                    return "its \"protocol\" has a value that cannot be used; write \"tcp\" or \"kcp\"";
                default:
                    // Other programs may keep more in there than a gateway needs.
                    reader.Skip();
                    break;
            }
        }

        if (host is null || port == 0)
        {
            return "it lacks host or port; write for example {\"host\":\"10.0.0.5\",\"port\":7083}";
        }

        if (!Backend.TryParse(host, port, protocol, out Backend? backend))
        {
            return "its \"host\" is neither an address nor a name";
        }

        backends.Add(backend);
        return null;
    }

    private static string Known(string name) => name is "host" or "port" or "state" or "protocol" ? name : "a field";

    /// <summary>Of several addresses the most cautious word counts for the node.</summary>
    private static bool TryReadState(ref Utf8JsonReader reader, ref NodeState state)
    {
        NodeState? read =
            reader.TokenType != JsonTokenType.String ? null
            : reader.ValueTextEquals("up"u8) ? NodeState.Up
            : reader.ValueTextEquals("draining"u8) ? NodeState.Draining
            : reader.ValueTextEquals("full"u8) ? NodeState.Full
            : null;
        state = read is { } word and not NodeState.Up && state != NodeState.Draining ? word : state;
        return read is not null;
    }

    /// <summary>JSON has one kind of number: 7083, 7083.0 and 7.083e3 are the same.</summary>
    private static bool TryReadPort(ref Utf8JsonReader reader, out int port)
    {
        port = 0;
        if (reader.TokenType != JsonTokenType.Number
            || reader.ValueSpan.Length > MaxNumberChars
            || !reader.TryGetDecimal(out decimal number)
            || number is < 1 or > ushort.MaxValue
            || number != decimal.Truncate(number))
        {
            return false;
        }

        port = (int)number;
        return true;
    }

    private static bool TryReadProtocol(ref Utf8JsonReader reader, out BackendProtocol protocol)
    {
        protocol =
            reader.TokenType != JsonTokenType.String ? default
            : reader.ValueTextEquals("tcp"u8) ? BackendProtocol.Tcp
            : reader.ValueTextEquals("kcp"u8) ? BackendProtocol.Kcp
            : default;
        return protocol != default;
    }
}
