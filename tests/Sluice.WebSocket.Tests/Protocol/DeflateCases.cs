using System.IO.Compression;
using System.Text;
using static Sluice.Testing.WebSocket.WsClient;

namespace Sluice.WebSocket.Tests.Protocol;

/// <summary>Sections 12 and 13: permessage-deflate.</summary>
internal static class DeflateCases
{
    private const string Plain = "permessage-deflate";
    private const byte Compressed = 0x40;

    private static readonly string[] Offers =
    [
        Plain,
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_no_context_takeover; client_max_window_bits=9",
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; server_max_window_bits=10, permessage-deflate; server_max_window_bits=15",
        "x-unknown; a=b, permessage-deflate; client_max_window_bits=\"15\"",
    ];

    public static IEnumerable<ProtocolCase> All
    {
        get
        {
            foreach (string offer in Offers)
            {
                foreach (int size in new[] { 0, 1, 16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072, 1_000_000 })
                {
                    byte[] text = JsonLike(size);
                    yield return new($"12 {size} of text, {offer}", Frame(Fin | Compressed | Text, Deflate(text)))
                    { Messages = [text], Offer = offer };
                }
            }

            byte[] large = JsonLike(200_000);
            byte[] noise = ProtocolCases.Bytes(100_000);
            foreach (int fragment in new[] { 1, 7, 126, 1000, 65_536 })
            {
                byte[] message = fragment == 1 ? large[..2000] : large;
                yield return Good(
                    $"13 fragments of {fragment}", ProtocolCases.Fragmented(Text, Deflate(message), fragment, Compressed), message);
                yield return Good($"13 chopped by {fragment}", Frame(Fin | Compressed | Text, Deflate(message)), message) with { Chop = fragment };
            }

            yield return Good("13 noise", Frame(Fin | Compressed | Binary, Deflate(noise)), noise);
            yield return Good("13 stored blocks", Frame(Fin | Compressed | Binary, Deflate(noise, CompressionLevel.NoCompression)), noise);
            yield return Good("13 a message that is not compressed", Message(noise), noise);
            yield return Good("13 compressed and not, in turn", [.. Message([1]), .. Frame(Fin | Compressed | Binary, Deflate([2, 2])), .. Message([3])], [1], [2, 2], [3]);
            yield return Good("13 a last block inside", Frame(Fin | Compressed | Binary, [.. DeflateWithLastBlock(large), 0]), large);
            yield return Good("13 an empty payload", Frame(Fin | Compressed | Binary, default), (byte[])[]);
            yield return Good("13 a ping between fragments",
                [.. Frame(Compressed | Text, Deflate(large).AsSpan(0, 10)), .. Frame(Fin | Ping, "p"u8),
                    .. Frame(Fin, Deflate(large).AsSpan(10))], large) with
            {
                Pongs = ["p"u8.ToArray()],
            };
            yield return Good("13 five hundred messages",
                [.. Enumerable.Range(0, 500).SelectMany(i => Frame(Fin | Compressed | Text, Deflate(JsonLike(i))))],
                [.. Enumerable.Range(0, 500).Select(JsonLike)]);

            yield return Bad(
                "13 RSV1 on a continuation", 1002, [.. Frame(Compressed | Text, Deflate(large)), .. Frame(Fin | Compressed, [1])]);
            yield return Bad("13 RSV1 on a ping", 1002, Frame(Fin | Compressed | Ping, default));
            yield return Bad("13 RSV1 on a close", 1002, Frame(Fin | Compressed | Close, default));
            yield return Bad("13 RSV2", 1002, Frame(Fin | 0x20 | Text, default));
            yield return Bad("13 RSV1 and RSV3", 1002, Frame(Fin | Compressed | 0x10 | Text, default));
            yield return Bad("13 nonsense", 1007, Frame(Fin | Compressed | Binary, [0xff, 0xff, 0xff, 0xff]));
            yield return Bad("13 a distance before the beginning", 1007, Frame(Fin | Compressed | Binary, [0x02, 0x7e, 0xff, 0x00]));
            foreach (int missing in new[] { 1, 2, 3, 4, 10, 100, large.Length })
            {
                byte[] deflated = Deflate(large);
                yield return Bad($"13 cut off by {missing}", 1007, Frame(
                    Fin | Compressed | Binary, deflated.AsSpan(0, Math.Max(10, deflated.Length - missing))));
                byte[] finished = DeflateWithLastBlock(large);
                yield return Bad($"13 a last block cut off by {missing}", 1007, Frame(
                    Fin | Compressed | Binary, finished.AsSpan(0, Math.Max(10, finished.Length - missing))));
            }

            yield return Bad("13 a stored block that announces more than there is", 1007, Frame(
                Fin | Compressed | Binary, [0, 255, 0, 0, 255, .. noise[..100]]));
            yield return Bad(
                "13 bytes after a last block", 1007, Frame(Fin | Compressed | Binary, [.. DeflateWithLastBlock(large), .. noise[..3000]]));
            yield return Bad(
                "13 one byte after a last block", 1007, Frame(Fin | Compressed | Binary, [.. DeflateWithLastBlock(large), 1]));
            yield return Bad("13 two streams", 1007, Frame(
                Fin | Compressed | Binary, [.. DeflateWithLastBlock(large), .. DeflateWithLastBlock(large), 0]));
            yield return Good("13 a last block at the very end", Frame(Fin | Compressed | Binary, DeflateWithLastBlock(large)), large);
            yield return Good("13 a last block of one byte", Frame(Fin | Compressed | Binary, [3, 0, 0]), (byte[])[]);
            yield return Good("13 as much as a message may have", Frame(Fin | Compressed | Binary, Deflate(new byte[ProtocolTests.MaxMessageBytes])), new byte[ProtocolTests.MaxMessageBytes]);
            yield return Bad("13 text that is not UTF-8", 1007, Frame(Fin | Compressed | Text, Deflate([0xc3, 0x28, .. large])));
            yield return Bad("13 text that is cut off", 1007, Frame(Fin | Compressed | Text, Deflate([.. large, 0xe2, 0x82])));
            yield return Bad("13 a bomb", 1009, Frame(Fin | Compressed | Binary, Deflate(new byte[100_000_000])));
            yield return Bad(
                "13 one byte too much", 1009, Frame(Fin | Compressed | Binary, Deflate(new byte[ProtocolTests.MaxMessageBytes + 1])));
            yield return new("13 RSV1 though no offer could be met", Frame(Fin | Compressed | Text, Deflate(large)))
            { Code = 1002, Offer = "permessage-deflate; server_max_window_bits=9" };
            yield return new("13 RSV1 where nothing was offered", Frame(Fin | Compressed | Text, Deflate(large))) { Code = 1002 };
            yield return new("13 RSV1 though the offer was malformed", Frame(Fin | Compressed | Text, Deflate(large)))
            { Code = 1002, Offer = "permessage-deflate; nonsense=1" };
        }
    }

    public static byte[] Inflate(byte[] payload)
    {
        using var output = new MemoryStream();
        using var inflater = new DeflateStream(new MemoryStream([.. payload, 0, 0, 0xff, 0xff, 3, 0]), CompressionMode.Decompress);
        inflater.CopyTo(output);
        return output.ToArray();
    }

    private static ProtocolCase Good(string id, byte[] sent, params byte[][] messages) =>
        new(id, sent) { Messages = messages, Offer = Plain };

    private static ProtocolCase Bad(string id, int code, byte[] sent) => new(id, sent) { Code = code, Offer = Plain };

    private static byte[] JsonLike(int size) =>
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, (size / 9) + 1).Select(i => $"{{\"n\":{i % 1000:000},")))[..size];

    public static byte[] Deflate(byte[] message, CompressionLevel level = CompressionLevel.Optimal)
    {
        var output = new MemoryStream();
        using var deflater = new DeflateStream(output, level);
        deflater.Write(message);
        deflater.Flush();
        byte[] bytes = output.ToArray();

        // Nothing at all is written for nothing: an empty block without its length.
        return bytes.Length == 0 ? [0] : bytes[..^4];
    }

    private static byte[] DeflateWithLastBlock(byte[] message)
    {
        var output = new MemoryStream();
        using (var deflater = new DeflateStream(output, CompressionLevel.Optimal))
        {
            deflater.Write(message);
        }

        return output.ToArray();
    }
}
