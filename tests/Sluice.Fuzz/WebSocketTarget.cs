using System.Buffers.Binary;
using System.Net.Sockets;
using Sluice.Transport;
using Sluice.Transport.Loop;
using Sluice.Transport.Platform;
using Sluice.Transport.WebSocket;

namespace Sluice.Fuzz;

/// <summary>
/// The frames of a WebSocket client, with and without permessage-deflate: however they are split, the same messages come out, none is too
/// large, and the other end is notified of a breach once. The first byte of an input chooses compression and the size of the pieces.
/// </summary>
internal sealed class WebSocketTarget : FuzzTarget
{
    private const int MaxMessageBytes = 2048;
    private static readonly WebSocketOptions Options = new() { MaxMessageBytes = MaxMessageBytes, PingIntervalMs = 0 };

    private readonly Lazy<EventLoop> _loop = new(() =>
    {
        var loop = EventLoopFactory.Create(new EventLoopOptions { Name = "fuzz" });
        loop.Start();
        return loop;
    });

    public override string Name => "websocket";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        [0, .. Frame(0x82, "hello"u8), .. Frame(0x81, "\u00fc\u20ac\ud83d\ude00"u8), .. Frame(0x88, [3, 232])],
        [3, .. Frame(0x01, "\u20ac"u8[..2]), .. Frame(0x89, "ping"u8), .. Frame(0x80, "\u20ac"u8[2..]), .. Frame(0x8a, default)],
        [5, .. Frame(0x82, new byte[200]), .. Frame(0x02, new byte[1000]), .. Frame(0x00, new byte[1000]), .. Frame(0x80, new byte[48])],
        [129, .. Frame(0xc2, [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]), .. Frame(0xc1, [0xf2, 0x00, 0x11, 0x00, 0x00])],
        [133, .. Frame(0x42, [0xf2, 0x48, 0xcd]), .. Frame(0x80, [0xc9, 0xc9, 0x07, 0x00]), .. Frame(0xc2, Bomb())],
        [1, .. Frame(0x82, new byte[MaxMessageBytes]), .. Frame(0x88, [3, 233, .. "bye"u8])],
        [1, 0x82, 0xff, 0, 0, 0, 0, 1, 0, 0, 0],
    ];

    public override void Run(Action work) => _loop.Value.InvokeAsync(() =>
    {
        work();
        return true;
    }).GetAwaiter().GetResult();

    public override void Check(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        bool compresses = input[0] >= 128;
        Listener whole = Feed(input[1..], Math.Max(1, input.Length), compresses);
        Listener split = Feed(input[1..], 1 + (input[0] % 128), compresses);
        Require(whole.Bytes.AsSpan().SequenceEqual(split.Bytes), "the split does not change the messages");
        Require(whole.Ends == split.Ends, "the split does not change the end");
    }

    private Listener Feed(ReadOnlySpan<byte> input, int size, bool compresses)
    {
        var wire = new Wire(_loop.Value);
        var listener = new Listener();
        var connection = new WebSocketConnection(wire, Options, compresses, behind: default) { Handler = listener };
        connection.Resume();
        byte[] chunk = new byte[Math.Min(size, input.Length)];
        for (int at = 0; at < input.Length && !wire.IsClosed; at += size)
        {
            Span<byte> piece = chunk.AsSpan(0, Math.Min(size, input.Length - at));
            input.Slice(at, piece.Length).CopyTo(piece);
            wire.Handler.Received(piece);
        }

        listener.Ends = connection.IsClosed;
        connection.Abort();
        Require(wire.IsClosed, "an aborted connection lets go of what carries it");
        Require(wire.WrittenBytes <= 64 + (2 * input.Length), "answers are no longer than what they answer");
        CheckMessages(listener.Bytes);
        return listener;
    }

    private static void CheckMessages(ReadOnlySpan<byte> messages)
    {
        while (!messages.IsEmpty)
        {
            Require(
                messages.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(messages) <= MaxMessageBytes, "no message is too large");
            int length = BinaryPrimitives.ReadInt32LittleEndian(messages);
            Require(messages.Length >= 4 + length, "every message is whole");
            messages = messages[(4 + length)..];
        }
    }

    private static byte[] Frame(byte first, ReadOnlySpan<byte> payload)
    {
        byte[] mask = [1, 2, 4, 8];
        byte[] head = payload.Length < 126 ? [first, (byte)(0x80 | payload.Length)] : [
            first, 0xfe, (byte)(payload.Length >> 8), (byte)payload.Length,
        ];
        byte[] masked = payload.ToArray();
        for (int i = 0; i < masked.Length; i++)
        {
            masked[i] ^= mask[i % 4];
        }

        return [.. head, .. mask, .. masked];
    }

    private static byte[] Bomb()
    {
        using var output = new MemoryStream();
        using (var deflater = new System.IO.Compression.DeflateStream(output, System.IO.Compression.CompressionLevel.Optimal))
        {
            deflater.Write(new byte[100_000]);
        }

        return output.ToArray();
    }

    private sealed class Listener : IConnectionHandler
    {
        private readonly List<byte> _bytes = [];

        public byte[] Bytes => [.. _bytes];

        public bool Ends { get; set; }

        public void Received(Span<byte> data) => _bytes.AddRange(data);

        public void Writable()
        {
        }

        public void Finished()
        {
        }

        public void Lost(SocketError error)
        {
        }
    }

    private sealed class Wire(EventLoop loop) : Connection(loop, new Listener())
    {
        private bool _closed;

        public long WrittenBytes { get; private set; }

        public override NetworkAddress RemoteAddress => default;

        public override NetworkAddress LocalAddress => default;

        public override ConnectionTraits Traits => default;

        public override bool IsClosed => _closed;

        public override int Write(ReadOnlySpan<byte> data)
        {
            WrittenBytes += data.Length;
            return data.Length;
        }

        public override void FinishWriting()
        {
        }

        public override void Pause()
        {
        }

        public override void Resume()
        {
        }

        public override void Close() => _closed = true;

        public override void Abort() => _closed = true;
    }
}
