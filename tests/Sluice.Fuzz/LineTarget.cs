using Sluice.Registries.Kubernetes;

namespace Sluice.Fuzz;

/// <summary>
/// Lines of a watch, read bit by bit: they are what stands between the line ends. The first byte of an input is the size of the bits.
/// </summary>
internal sealed class LineTarget : FuzzTarget
{
    public override string Name => "line";

    public override IReadOnlyList<byte[]> Corpus { get; } =
        [[1, .. "{}\n{\"a\":1}\n"u8], [7, .. "\n\n\nabc"u8], [200, .. new byte[300], (byte)'\n', .. new byte[20_000], (byte)'\n'], [255]];

    public override void Check(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        ReadOnlySpan<byte> rest = input[1..];
        var reader = new LineReader(new Pieces(rest.ToArray(), 1 + input[0]));
        while (true)
        {
            ReadOnlyMemory<byte>? line = reader.ReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
            int end = rest.IndexOf((byte)'\n');
            Require(line is null == end < 0, "a line is one that ends");
            if (line is null)
            {
                return;
            }

            Require(line.Value.Span.SequenceEqual(rest[..end]), "a line is what stands before its end");
            rest = rest[(end + 1)..];
        }
    }

    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Read(buffer.Span[..Math.Min(buffer.Length, size)]));
    }
}
