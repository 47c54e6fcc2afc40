using System.Text.Unicode;
using CsCheck;
using Sluice.Transport.WebSocket;

namespace Sluice.Transport.Tests.WebSocket;

/// <summary>The check of pieces against the check of the whole.</summary>
public sealed class Utf8CheckTests
{
    private static readonly byte[] LeadBytes = [0xc3, 0xe2, 0xed, 0xf0, 0xf4];

    [Fact]
    public void Pieces_are_judged_as_the_whole_is()
    {
        // Bytes that often make good characters, or nearly.
        Gen<byte> bytes = Gen.Frequency(
            (3, Gen.Byte[0x80, 0xbf]), (2, Gen.Byte[0xc0, 0xff]), (1, Gen.Byte[0, 0x7f]), (2, Gen.Int[0, 4].Select(i => LeadBytes[i])));
        Gen.Select(bytes.Array[0, 12], Gen.Int[0, 12], Gen.Int[0, 12]).Sample(
            (text, first, second) =>
            {
                int a = Math.Min(Math.Min(first, second), text.Length);
                int b = Math.Min(Math.Max(first, second), text.Length);
                var check = default(Utf8Check);
                bool good = check.Add(text.AsSpan(0, a)) && check.Add(text.AsSpan(a, b - a))
                    && check.Add(text.AsSpan(b)) && check.IsComplete;
                return good == Utf8.IsValid(text);
            },
            iter: 200_000);
    }

    [Fact]
    public void A_fault_shows_with_the_byte_that_makes_it()
    {
        byte[][] faults = [[0x80], [0xc0], [0xe0, 0x9f], [0xed, 0xa0], [0xf0, 0x8f], [0xf4, 0x90], [0xf5], [0xe1, 0x80, 0x41], [0xc2, 0xc2]];
        foreach (byte[] fault in faults)
        {
            var check = default(Utf8Check);
            for (int i = 0; i < fault.Length; i++)
            {
                Assert.Equal(i < fault.Length - 1, check.Add(fault.AsSpan(i, 1)));
            }
        }
    }
}
