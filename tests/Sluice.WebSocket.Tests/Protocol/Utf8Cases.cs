using System.Text;
using static Sluice.Testing.WebSocket.WsClient;

namespace Sluice.WebSocket.Tests.Protocol;

/// <summary>Section 6: UTF-8 in text messages, whole and split at every octet.</summary>
internal static class Utf8Cases
{
    private static readonly (string Name, byte[] Bytes)[] Valid =
    [
        ("greek", Encoding.UTF8.GetBytes("κόσμε")),
        ("mixed", Encoding.UTF8.GetBytes("Hello-µ@ßöäüàá-UTF-8!! 𝄞 漢字")),
        ("U+0000", [0]),
        ("U+007F", [0x7f]),
        ("U+0080", [0xc2, 0x80]),
        ("U+07FF", [0xdf, 0xbf]),
        ("U+0800", [0xe0, 0xa0, 0x80]),
        ("U+D7FF", [0xed, 0x9f, 0xbf]),
        ("U+E000", [0xee, 0x80, 0x80]),
        ("U+FFFD", [0xef, 0xbf, 0xbd]),
        ("U+FFFE", [0xef, 0xbf, 0xbe]),
        ("U+FFFF", [0xef, 0xbf, 0xbf]),
        ("U+10000", [0xf0, 0x90, 0x80, 0x80]),
        ("U+1FFFE", [0xf0, 0x9f, 0xbf, 0xbe]),
        ("U+10FFFF", [0xf4, 0x8f, 0xbf, 0xbf]),
    ];

    /// <summary>Sequences that no UTF-8 text has, after and before good characters.</summary>
    private static readonly byte[][] Invalid =
    [
        [0x80], [0xbf], [0x80, 0xbf], [0xc0, 0x80], [0xc0, 0xaf], [0xc1, 0xbf], [0xc2, 0x20], [0xc2, 0xc2], [0xdf, 0x7f], [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf],
        [0xe1, 0x80, 0x20], [0xe1, 0x80, 0xc0], [0xed, 0xa0, 0x80], [0xed, 0xaf, 0xbf], [0xed, 0xb0, 0x80], [0xed, 0xbf, 0xbf], [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80],
        [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf], [0xf1, 0x80, 0x80, 0x20], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80],
        [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80], [0xfe], [0xff], [0xfe, 0xfe, 0xff, 0xff],
    ];

    private static readonly byte[][] CutOff = [[0xc2], [0xe1], [0xe1, 0x80], [0xf1], [0xf1, 0x80], [0xf1, 0x80, 0x80]];

    public static IEnumerable<ProtocolCase> All
    {
        get
        {
            foreach ((string name, byte[] bytes) in Valid)
            {
                yield return new($"6.2 {name}", Frame(Fin | Text, bytes)) { Messages = [bytes] };
                yield return new($"6.2 {name} octet by octet", Frame(Fin | Text, bytes)) { Messages = [bytes], Chop = 1 };
                yield return new($"6.2 {name} in fragments of an octet", ProtocolCases.Fragmented(Text, bytes, 1)) { Messages = [bytes] };
            }

            foreach (byte[] bytes in Invalid)
            {
                string name = Convert.ToHexString(bytes);
                byte[] around = [.. "good "u8, .. bytes, .. " good"u8];
                yield return new($"6.3 {name}", Frame(Fin | Text, around)) { Code = 1007 };
                yield return new($"6.3 {name} octet by octet", Frame(Fin | Text, around)) { Code = 1007, Chop = 1 };
                yield return new($"6.3 {name} in fragments of an octet", ProtocolCases.Fragmented(Text, around, 1)) { Code = 1007 };
                yield return new($"6.3 {name} is no fault in a binary message", Message(around)) { Messages = [around] };

                // The message is not complete, and never will be: the fault is found in what is there.
                yield return new($"6.4 {name}, nothing behind it", Frame(Text, [.. around, .. new byte[100]])[..^100]) { Code = 1007 };
                yield return new($"6.4 {name} in a fragment, nothing behind it", Frame(Text, around)) { Code = 1007 };
            }

            foreach (byte[] bytes in CutOff)
            {
                string name = Convert.ToHexString(bytes);
                byte[] behind = [.. "good"u8, .. bytes];
                yield return new($"6.5 {name} at the end", Frame(Fin | Text, behind)) { Code = 1007 };
                yield return new($"6.5 {name} before an empty last fragment", [.. Frame(Text, behind), .. Frame(Fin, default)])
                { Code = 1007 };
                yield return new($"6.5 {name} does not go on in the next message", [.. Frame(Fin | Text, behind), .. Frame(
                    Fin | Text, [0x80, 0x80, 0x80])])
                {
                    Code = 1007,
                };
            }

            byte[] large = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("κόσμε 𝄞 漢字 ", 20_000)));
            foreach (int size in new[] { 1, 2, 3, 5, 7, 64, 1000, 4096, 65_535 })
            {
                byte[] text = size < 64 ? large[..4092] : large;
                int end = text.Length;
                while ((text[end - 1] & 0x80) != 0)
                {
                    end--;
                }

                yield return new($"6.6 large text in fragments of {size}", ProtocolCases.Fragmented(Text, text[..end], size))
                { Messages = [text[..end]] };
            }
        }
    }
}
