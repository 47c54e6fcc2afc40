using Sluice.Testing.Loops;
using Sluice.Transport.Tests.Kit;
using Sluice.Transport.WebSocket;

namespace Sluice.Transport.Tests.WebSocket;

/// <summary>What a client said before it broke the protocol.</summary>
public sealed class BreachTests
{
    public static TheoryData<string, byte[]> Breaches => new()
    {
        { "a reserved bit", [0xa2, 0x80, 0, 0, 0, 0] },
        { "a reserved opcode", [0x83, 0x80, 0, 0, 0, 0] },
        { "no mask", [0x82, 0x01, 65] },
        { "a length that is not in its shortest form", [0x82, 0xfe, 0, 5, 0, 0, 0, 0] },
        { "a message that is too big", [0x82, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0] },
        { "text that is not UTF-8", [0x81, 0x81, 0, 0, 0, 0, 0xff] },
        { "a continuation of nothing", [0x80, 0x80, 0, 0, 0, 0] },
        { "a ping that is too long", [0x89, 0xfe, 0, 126, 0, 0, 0, 0] },
    };

    /// <summary>The relay's other side is reset then, which may cost it what it has not read: here it is seen what was handed on.</summary>
    [Theory, MemberData(nameof(Breaches))]
    public async Task Messages_before_a_breach_are_pushed_and_none_after_it(string name, byte[] breach)
    {
        byte[] hello = [0x82, 0x85, 0, 0, 0, 0, .. "hello"u8];
        byte[] fragments = [0x02, 0x82, 0, 0, 0, 0, .. "a "u8, 0x80, 0x85, 0, 0, 0, 0, .. "world"u8];
        byte[] all = [.. hello, .. fragments, .. breach, .. hello];
        foreach (int piece in new[] { all.Length, 1 })
        {
            using var loop = new TestLoop();
            using TcpPair pair = await TcpPair.AcceptAsync(loop);
            var handler = new RecordingHandler();
            await loop.RunAsync(() => new WebSocketConnection(pair.Connection, new WebSocketOptions(), compresses: false, behind: default) { Handler = handler }.Resume());
            foreach (byte[] part in all.Chunk(piece))
            {
                pair.Peer.Send(part);
            }

            await handler.UntilAsync(() => handler.LostCount == 1);
            Assert.Equal([5, 0, 0, 0, .. "hello"u8, 7, 0, 0, 0, .. "a world"u8], handler.Bytes);
            Assert.NotEmpty(name);
        }
    }
}
