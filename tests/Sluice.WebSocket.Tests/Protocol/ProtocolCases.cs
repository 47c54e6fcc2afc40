using System.Text;
using static Sluice.Testing.WebSocket.WsClient;

namespace Sluice.WebSocket.Tests.Protocol;

/// <summary>Sections 1 to 7, 9 and 10: framing, control frames, reserved bits and opcodes, fragments, closing, sizes.</summary>
internal static class ProtocolCases
{
    private const int ProtocolError = 1002;

    private static readonly byte[] Hello = "Hello, world!"u8.ToArray();

    public static IEnumerable<ProtocolCase> All =>
        [.. Sizes(), .. Pings(), .. ReservedBits(), .. ReservedOpcodes(), .. Heads(), .. Fragments(), .. Closes(), .. Limits()];

    public static byte[] Bytes(int count, int seed = 7)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static byte[] TextOf(int count) =>
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, count).Select(i => (char)('!' + (i % 90)))));

    private static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    /// <summary>A message in fragments of a size.</summary>
    public static byte[] Fragmented(byte opcode, byte[] payload, int size, byte firstBits = 0)
    {
        var frames = new List<byte[]>();
        for (int at = 0; at == 0 || at < payload.Length; at += size)
        {
            int count = Math.Min(size, payload.Length - at);
            byte first = (byte)((at == 0 ? opcode | firstBits : 0) | (at + size >= payload.Length ? Fin : 0));
            frames.Add(Frame(first, payload.AsSpan(at, count)));
        }

        return Join([.. frames]);
    }

    private static IEnumerable<ProtocolCase> Sizes()
    {
        foreach (int size in new[] { 0, 1, 2, 3, 4, 5, 124, 125, 126, 127, 128, 4096, 65_522, 65_528, 65_535, 65_536, 65_537, 131_072 })
        {
            yield return new($"1.1 text {size}", Frame(Fin | Text, TextOf(size))) { Messages = [TextOf(size)] };
            yield return new($"1.2 binary {size}", Frame(Fin | Binary, Bytes(size))) { Messages = [Bytes(size)] };
        }

        yield return new("1.1.8 text chopped by 997", Frame(Fin | Text, TextOf(65_536))) { Messages = [TextOf(65_536)], Chop = 997 };
        yield return new("1.2.8 binary chopped by 997", Frame(Fin | Binary, Bytes(65_536))) { Messages = [Bytes(65_536)], Chop = 997 };
        byte[][] many = [.. Enumerable.Range(0, 200).Select(i => Bytes(i * 7, i))];
        foreach (int chop in new[] { 0, 1, 13, 64, 1000, 4097 })
        {
            yield return new($"1.3 two hundred messages chopped by {chop}", Join([.. many.Take(chop == 1 ? 20 : 200).Select(Message)]))
            {
                Messages = [.. many.Take(chop == 1 ? 20 : 200)],
                Chop = chop,
            };
        }

        foreach (byte[] mask in new byte[][] { [0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [1, 0, 0, 0], [0, 0, 0, 0x80] })
        {
            yield return new($"1.4 mask {Convert.ToHexString(mask)}", Frame(Fin | Binary, Bytes(1001), mask)) { Messages = [Bytes(1001)] };
        }
    }

    private static IEnumerable<ProtocolCase> Pings()
    {
        foreach (int size in new[] { 0, 1, 2, 4, 64, 124, 125 })
        {
            byte[] payload = Bytes(size);
            yield return new($"2.1 ping {size}", Frame(Fin | Ping, payload)) { Pongs = [payload] };
            yield return new($"2.6 ping {size} octet by octet", Frame(Fin | Ping, payload)) { Pongs = [payload], Chop = 1 };
            yield return new($"2.7 pong {size}, unasked", Join(Frame(Fin | Pong, payload), Frame(Fin | Ping, "after"u8)))
            { Pongs = ["after"u8.ToArray()] };
        }

        foreach (int size in new[] { 126, 127, 1000, 65_536 })
        {
            yield return new($"2.5 ping {size}", Frame(Fin | Ping, Bytes(size))) { Code = ProtocolError };
            yield return new($"2.5 pong {size}", Frame(Fin | Pong, Bytes(size))) { Code = ProtocolError };
        }

        byte[][] ten = [.. Enumerable.Range(0, 10).Select(i => Encoding.ASCII.GetBytes($"payload-{i}"))];
        yield return new("2.10 ten pings", Join([.. ten.Select(ping => Frame(Fin | Ping, ping))])) { Pongs = ten };
        yield return new("2.11 ten pings octet by octet", Join([.. ten.Select(ping => Frame(Fin | Ping, ping))])) { Pongs = ten, Chop = 1 };
        byte[][] hundreds = [.. Enumerable.Range(0, 500).Select(i => Bytes(i % 126, i))];
        yield return new("2.12 five hundred pings", Join([.. hundreds.Select(ping => Frame(Fin | Ping, ping))])) { Pongs = hundreds };
    }

    private static IEnumerable<ProtocolCase> ReservedBits()
    {
        for (int bits = 1; bits <= 7; bits++)
        {
            foreach (byte opcode in new byte[] { Text, Binary, Close, Ping, Pong })
            {
                byte[] bad = Frame((byte)(Fin | (bits << 4) | opcode), Hello);
                yield return new($"3 rsv {bits} opcode {opcode}", bad) { Code = ProtocolError };
                yield return new($"3 rsv {bits} opcode {opcode} behind a message, octet by octet", Join(Message(Hello), bad))
                {
                    Messages = [Hello],
                    Code = ProtocolError,
                    Chop = 1,
                };
            }

            yield return new($"3 rsv {bits} continuation", Join(Frame(Text, Hello), Frame((byte)(Fin | (bits << 4)), Hello)))
            { Code = ProtocolError };
        }
    }

    private static IEnumerable<ProtocolCase> ReservedOpcodes()
    {
        foreach (byte opcode in new byte[] { 3, 4, 5, 6, 7, 11, 12, 13, 14, 15 })
        {
            yield return new($"4 opcode {opcode} empty", Frame((byte)(Fin | opcode), default)) { Code = ProtocolError };
            yield return new($"4 opcode {opcode} with payload", Frame((byte)(Fin | opcode), Hello)) { Code = ProtocolError };
            yield return new($"4 opcode {opcode} not final", Frame(opcode, Hello)) { Code = ProtocolError };
            yield return new(
                $"4 opcode {opcode} between messages", Join(Message(Hello), Frame((byte)(Fin | opcode), Hello), Message(Hello)))
            {
                Messages = [Hello],
                Code = ProtocolError,
            };
        }
    }

    private static IEnumerable<ProtocolCase> Heads()
    {
        yield return new("head unmasked text", [Fin | Text, 2, (byte)'h', (byte)'i']) { Code = ProtocolError };
        yield return new("head unmasked binary, two bytes alone", [Fin | Binary, 5]) { Code = ProtocolError };
        yield return new("head unmasked ping", [Fin | Ping, 0]) { Code = ProtocolError };
        yield return new("head unmasked close", [Fin | Close, 2, 3, 0xe8]) { Code = ProtocolError };
        foreach (int length in new[] { 0, 1, 125 })
        {
            yield return new($"head 16-bit length {length}", [Fin | Binary, 0x80 | 126, 0, (byte)length, 0, 0, 0, 0])
            { Code = ProtocolError };
        }

        foreach (int length in new[] { 0, 125, 126, 65_535 })
        {
            yield return new(
                $"head 64-bit length {length}", [Fin | Binary, 0x80 | 127, 0, 0, 0, 0, 0, 0, (byte)(length >> 8), (byte)length])
            {
                Code = ProtocolError,
            };
        }

        yield return new("head 64-bit length with its highest bit", [Fin | Binary, 0x80 | 127, 0x80, 0, 0, 0, 0, 1, 0, 0])
        { Code = ProtocolError };
        yield return new("head 64-bit length 2^62", [Fin | Binary, 0x80 | 127, 0x40, 0, 0, 0, 0, 0, 0, 0]) { Code = 1009 };
        yield return new("head control frame with a 16-bit length", [Fin | Ping, 0x80 | 126]) { Code = ProtocolError };
    }

    private static IEnumerable<ProtocolCase> Fragments()
    {
        byte[] one = "fragment1"u8.ToArray();
        byte[] two = "fragment2"u8.ToArray();
        byte[] both = Join(one, two);
        byte[] ping = Frame(Fin | Ping, "ping"u8);
        yield return new("5.1 ping in fragments", Join(Frame(Ping, one), Frame(Fin, two))) { Code = ProtocolError };
        yield return new("5.2 pong in fragments", Join(Frame(Pong, one), Frame(Fin, two))) { Code = ProtocolError };
        yield return new("5.2 close in fragments", Join(Frame(Close, one), Frame(Fin, two))) { Code = ProtocolError };
        foreach (byte opcode in new[] { Text, Binary })
        {
            foreach (int chop in new[] { 0, 1, 5 })
            {
                yield return new($"5.3 two fragments of {opcode} chopped by {chop}", Join(Frame(opcode, one), Frame(Fin, two)))
                { Messages = [both], Chop = chop };
                yield return new(
                    $"5.6 ping between fragments of {opcode} chopped by {chop}", Join(Frame(opcode, one), ping, Frame(Fin, two)))
                {
                    Messages = [both],
                    Pongs = ["ping"u8.ToArray()],
                    Chop = chop,
                };
            }

            yield return new($"5.9 final continuation first, then {opcode}", Join(Frame(Fin, one), Frame((byte)(Fin | opcode), two)))
            { Code = ProtocolError };
            yield return new($"5.12 continuation first, then {opcode}", Join(Frame(0, one), Frame((byte)(Fin | opcode), two)))
            { Code = ProtocolError };
            yield return new($"5.15 continuation behind a message of {opcode}", Join(
                Frame(opcode, one), Frame(Fin, two), Frame(0, one), Frame(Fin, two)))
            {
                Messages = [both],
                Code = ProtocolError,
            };
            yield return new($"5.18 a second message of {opcode} inside the first", Join(
                Frame(opcode, one), Frame((byte)(Fin | opcode), two)))
            {
                Code = ProtocolError,
            };
            yield return new($"5.19 five fragments of {opcode} and pings", Join(
                Frame(opcode, one), Frame(0, two), ping, Frame(0, one), Frame(0, two), ping, Frame(Fin, one)))
            {
                Messages = [Join(one, two, one, two, one)],
                Pongs = ["ping"u8.ToArray(), "ping"u8.ToArray()],
            };
            yield return new($"5.20 empty fragments of {opcode}", Join(
                Frame(opcode, default), Frame(0, default), Frame(0, one), Frame(0, default), Frame(Fin, default)))
            {
                Messages = [one],
            };
            yield return new($"5.21 nothing but empty fragments of {opcode}", Join(
                Frame(opcode, default), Frame(0, default), Frame(Fin, default)))
            { Messages = [[]] };
        }

        yield return new("5.22 whole messages before and behind one in fragments", Join(
            Message(one), Message(two), Frame(Binary, one), Frame(Fin, two), Message(one)))
        {
            Messages = [one, two, both, one],
        };
        yield return new("5.23 pings between the octets of a message", Join([.. both.SelectMany((b, i) => new[]
        {
            Frame((byte)((i == 0 ? Binary : 0) | (i == both.Length - 1 ? Fin : 0)), [b]), Frame(Fin | Ping, [(byte)i]),
        })]))
        {
            Messages = [both],
            Pongs = [.. Enumerable.Range(0, both.Length).Select(i => new[] { (byte)i })],
        };
    }

    private static IEnumerable<ProtocolCase> Closes()
    {
        yield return new("7.1.1 close behind a message", Join(Message(Hello), CloseFrame(1000))) { Messages = [Hello], Code = 1000 };
        yield return new("7.1.2 two closes", Join(CloseFrame(1000), CloseFrame(1001))) { Code = 1000 };
        yield return new("7.1.3 ping behind close", Join(CloseFrame(1000), Frame(Fin | Ping, default))) { Code = 1000 };
        yield return new("7.1.4 message behind close", Join(CloseFrame(1000), Message(Hello))) { Code = 1000 };
        yield return new("7.1.5 close inside a message", Join(Frame(Text, Hello), CloseFrame(1000), Frame(Fin, Hello))) { Code = 1000 };
        yield return new("7.1.6 megabyte behind close", Join(CloseFrame(1000), Message(Bytes(1 << 20)))) { Code = 1000 };
        yield return new("7.3.1 empty close", Frame(Fin | Close, default)) { Code = 1000 };
        yield return new("7.3.2 close of one byte", Frame(Fin | Close, [3])) { Code = ProtocolError };
        yield return new("7.3.4 close with a reason", CloseFrame(1000, "bye")) { Code = 1000 };
        yield return new("7.3.4 close octet by octet", CloseFrame(4242, "bye, and thanks")) { Code = 4242, Chop = 1 };
        yield return new("7.3.5 longest reason", CloseFrame(1000, new string('*', 123))) { Code = 1000 };
        yield return new("7.3.6 reason too long", CloseFrame(1000, new string('*', 124))) { Code = ProtocolError };
        yield return new("7.5.1 reason that is not UTF-8", Frame(Fin | Close, [3, 0xe8, 0xce, 0xba, 0xe1, 0xff])) { Code = 1007 };
        yield return new("7.5.2 reason that is cut off", Frame(Fin | Close, [3, 0xe8, 0xe2, 0x82])) { Code = 1007 };
        foreach (int code in new[] { 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999 })
        {
            yield return new($"7.7 code {code}", CloseFrame(code)) { Code = code };
        }

        foreach (int code in new[] { 0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 32_768, 65_535 })
        {
            yield return new($"7.9 code {code}", CloseFrame(code)) { Code = ProtocolError };
        }
    }

    private static IEnumerable<ProtocolCase> Limits()
    {
        foreach (int size in new[] { 65_536, 262_144, 1_048_576, 4_194_304 })
        {
            yield return new($"9.1 text {size}", Frame(Fin | Text, TextOf(size))) { Messages = [TextOf(size)] };
            yield return new($"9.2 binary {size}", Frame(Fin | Binary, Bytes(size))) { Messages = [Bytes(size)] };
        }

        foreach (int fragment in new[] { 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576 })
        {
            yield return new($"9.3 text in fragments of {fragment}", Fragmented(Text, TextOf(1_048_576), fragment))
            { Messages = [TextOf(1_048_576)] };
            yield return new($"9.4 binary in fragments of {fragment}", Fragmented(Binary, Bytes(1_048_576), fragment))
            { Messages = [Bytes(1_048_576)] };
        }

        foreach (int chop in new[] { 64, 128, 256, 512, 1024, 2048, 65_535 })
        {
            yield return new($"9.5 text chopped by {chop}", Frame(Fin | Text, TextOf(262_144)))
            { Messages = [TextOf(262_144)], Chop = chop };
            yield return new($"9.6 binary chopped by {chop}", Frame(Fin | Binary, Bytes(262_144)))
            { Messages = [Bytes(262_144)], Chop = chop };
        }

        yield return new("9.9 one byte above the largest message", Frame(Fin | Binary, Bytes(ProtocolTests.MaxMessageBytes + 1))[..14])
        { Code = 1009 };
        yield return new("9.9 fragments that are too much together", Join(
            Frame(Binary, Bytes(ProtocolTests.MaxMessageBytes)), Frame(Fin, [1])[..6]))
        { Code = 1009 };
        yield return new("10.1.1 text in fragments of 1300", Fragmented(Text, TextOf(65_536), 1300)) { Messages = [TextOf(65_536)] };
    }
}
