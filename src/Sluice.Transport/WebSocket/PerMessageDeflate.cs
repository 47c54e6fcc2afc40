using System.IO.Compression;
using Sluice.Transport.Loop;

namespace Sluice.Transport.WebSocket;

/// <summary>permessage-deflate (RFC 7692), always without context takeover: between messages neither side keeps a window.</summary>
public static class PerMessageDeflate
{
    private const string Name = "permessage-deflate";
    private const string Agreed = Name + "; server_no_context_takeover; client_no_context_takeover";

    /// <summary>Shorter messages grow more often than they shrink.</summary>
    private const int ShortestBytes = 64;

    /// <summary>What a piece of output is read into at least.</summary>
    private const int PieceBytes = 4096;

    /// <summary>
    /// What a sender leaves out (section 7.2.1), and an empty last block, so that the end of the input is the end of the stream.
    /// </summary>
    private static readonly byte[] Tail = [0x00, 0x00, 0xff, 0xff, 0x03, 0x00];

    /// <summary>The client's first offer that can be met, as the answer to it; null if there is none.</summary>
    public static string? Agree(UpgradeRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        foreach (string offer in request.Items("Sec-WebSocket-Extensions"))
        {
            string[] parts = offer.Split(';', StringSplitOptions.TrimEntries);
            if (string.Equals(parts[0], Name, StringComparison.OrdinalIgnoreCase) && CanMeet(parts[1..], out bool namesWindow))
            {
                return namesWindow ? Agreed + "; server_max_window_bits=15" : Agreed;
            }
        }

        return null;
    }

    /// <summary>Inflates a message. Its output is bounded, whatever the input promises.</summary>
    /// <returns><see cref="CloseCode.None"/>, or with what the connection is to be closed.</returns>
    internal static CloseCode Inflate(EventLoop loop, ReadOnlyMemory<byte> message, int maxBytes, ref GrowingBuffer output)
    {
        if (message.IsEmpty)
        {
            // Not even a block: taken as the empty message that it can only mean.
            return CloseCode.None;
        }

        var input = new InflateInput(message, Tail);
        int left = maxBytes;
        try
        {
            using var inflater = new DeflateStream(input, CompressionMode.Decompress);
            while (true)
            {
                // One byte more than may come shows that it is too much.
                int piece = (int)Math.Min(Math.Max(PieceBytes, output.Count), left + 1L);
                int count = inflater.Read(output.Extend(loop, piece));
                output.Shrink(piece - count);
                left -= count;
                if (count == 0)
                {
                    return IsWhole(input, message.Span) ? CloseCode.None : CloseCode.InvalidPayload;
                }

                if (left < 0)
                {
                    return CloseCode.MessageTooBig;
                }
            }
        }
        catch (InvalidDataException)
        {
            return CloseCode.InvalidPayload;
        }
    }

    /// <summary>
    /// Whether the stream ended where it should: after the tail, or, with a last block of its own, at the end of the message, after which
    /// stands at most the empty block that section 7.2.3.4 asks for.
    /// </summary>
    private static bool IsWhole(InflateInput input, ReadOnlySpan<byte> message) =>
        !input.RanOut
        && (input.Given == message.Length + Tail.Length || input.Given == message.Length
            || (input.Given == message.Length - 1 && message[^1] == 0));

    /// <summary>Deflates a message. Returns false if it does not get shorter.</summary>
    internal static bool TryDeflate(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> deflated)
    {
        deflated = default;
        if (message.Length < ShortestBytes)
        {
            return false;
        }

        var output = new MemoryStream(message.Length);
        using (var deflater = new DeflateStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflater.Write(message);
            deflater.Flush();

            // A flush ends with the four bytes that are left out; what closing adds is not looked at.
            deflated = output.GetBuffer().AsSpan(0, (int)output.Length - 4);
        }

        return deflated.Length < message.Length;
    }

    private static bool CanMeet(string[] parameters, out bool namesWindow)
    {
        namesWindow = false;
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (string parameter in parameters)
        {
            int equals = parameter.IndexOf('=', StringComparison.Ordinal);
            string name = (equals < 0 ? parameter : parameter[..equals]).Trim();
            string? value = equals < 0 ? null : parameter[(equals + 1)..].Trim().Trim('"');
            if (!seen.Add(name))
            {
                return false;
            }

            switch (name)
            {
                case "server_no_context_takeover" or "client_no_context_takeover" when value is null:
                    break;
                case "client_max_window_bits" when value is null or "8" or "9" or "10" or "11" or "12" or "13" or "14" or "15":
                    break;
                case "server_max_window_bits" when value is "15":
                    // The compressor's window cannot be made smaller.
                    namesWindow = true;
                    break;
                default:
                    return false;
            }
        }

        return true;
    }
}
