using System.Buffers.Binary;
using System.Text;
using Sluice.Gateway.Greeting;

namespace Sluice.Fuzz;

/// <summary>The first frame of a client: however it is split, it says the same, and takes exactly its own bytes.</summary>
internal sealed class FrameTarget : FuzzTarget
{
    private const int MaxKeyBytes = 4096;

    public override string Name => "frame";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        FrameParser.Build("127.0.0.1:7083"u8),
        [.. FrameParser.Build("[::1]:7083"u8), .. "pipelined"u8],
        FrameParser.Build("\u00fc\u20ac\ud83d\ude00"u8),
        FrameParser.Build([0xc0, 0xaf]),
        FrameParser.Build([0xed, 0xa0, 0x80]),
        FrameParser.Build(new byte[MaxKeyBytes]),
        [0, 0, 0, 0],
        [1, 16, 0, 0],
        [255, 255, 255, 127],
        [0, 0, 0, 128],
        [255, 255, 255, 255],
    ];

    public override void Check(ReadOnlySpan<byte> input)
    {
        var whole = default(FrameParser);
        FrameStatus status = whole.Feed(input, MaxKeyBytes, out int consumed, out string key);
        Require(consumed >= 0 && consumed <= input.Length, "no more is consumed than there is");

        uint length = input.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(input) : 0;
        bool judged = input.Length >= 4 && (length is 0 or > MaxKeyBytes);
        Require(!judged || (status == FrameStatus.Invalid && consumed == 4), "a bad length is refused from its four bytes");
        if (status == FrameStatus.Complete)
        {
            Require(consumed == 4 + (int)length, "a frame takes exactly its own bytes");
            Require(Encoding.UTF8.GetBytes(key).AsSpan().SequenceEqual(input[4..consumed]), "the key is the bytes");
        }

        int size = 1 + (input.IsEmpty ? 0 : input[^1] % 7);
        var split = default(FrameParser);
        FrameStatus again = FrameStatus.Incomplete;
        int total = 0;
        string splitKey = "";
        for (int at = 0; at < input.Length && again == FrameStatus.Incomplete; at += size)
        {
            ReadOnlySpan<byte> chunk = input.Slice(at, Math.Min(size, input.Length - at));
            again = split.Feed(chunk, MaxKeyBytes, out int part, out splitKey);
            total += part;
        }

        Require(again == status && total == consumed && splitKey == key, "the split does not matter");
    }
}
