using System.Net.Sockets;
using Sluice.Testing.Sockets;
using Sluice.Testing.WebSocket;

namespace Sluice.WebSocket.Tests.Protocol;

/// <summary>Every case over real sockets: client, gateway, echo.</summary>
public sealed class ProtocolTests(EchoGate gate) : IClassFixture<EchoGate>
{
    public const int MaxMessageBytes = 4_194_304;

    private static readonly Dictionary<string, ProtocolCase> Cases =
        ProtocolCases.All.Concat(Utf8Cases.All).Concat(DeflateCases.All).ToDictionary(one => one.Id, StringComparer.Ordinal);

    public static TheoryData<string> Ids => [.. Cases.Keys];

    [Theory, MemberData(nameof(Ids))]
    public async Task The_client_sees_what_the_protocol_says(string id)
    {
        ProtocolCase one = Cases[id];
        using WsClient client = await WsClient.EnterAsync(
            gate.World.EndPoint, gate.Key, one.Offer is null ? [] : [$"Sec-WebSocket-Extensions: {one.Offer}"]);
        Task sending = SendAsync(client, one);
        var messages = new List<byte[]>();
        var pongs = new List<byte[]>();
        WsFrame? close = null;
        while (close is null && (one.Code != 0 || messages.Count < one.Messages.Length || pongs.Count < one.Pongs.Length))
        {
            WsFrame frame = await client.ReadFrameAsync();
            switch (frame.First)
            {
                case WsClient.Fin | WsClient.Binary:
                    messages.Add(frame.Payload);
                    break;
                case WsClient.Fin | 0x40 | WsClient.Binary when one.Offer is not null:
                    messages.Add(DeflateCases.Inflate(frame.Payload));
                    break;
                case WsClient.Fin | WsClient.Pong:
                    pongs.Add(frame.Payload);
                    break;
                case WsClient.Fin | WsClient.Close:
                    close = frame;
                    break;
                default:
                    Assert.Fail($"a frame that begins with {frame.First:x2}");
                    break;
            }
        }

        await sending;
        Assert.Equal(one.Pongs, pongs);
        Assert.Equal(one.Messages.Take(messages.Count), messages);
        if (close is null)
        {
            await client.SendAsync(WsClient.CloseFrame(1000));
            await client.AssertClosedAsync(1000, answer: false);
            return;
        }

        Assert.Equal(one.Code, close.CloseCode);
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Empty(await client.Socket.ReceiveToEndAsync());
    }

    [Fact]
    public void There_are_more_than_three_hundred_cases() => Assert.InRange(Cases.Count, 301, 2000);

    private static async Task SendAsync(WsClient client, ProtocolCase one)
    {
        try
        {
            int step = one.Chop == 0 ? Math.Max(1, one.Sent.Length) : one.Chop;
            for (int at = 0; at < one.Sent.Length; at += step)
            {
                await client.SendAsync(one.Sent[at..Math.Min(one.Sent.Length, at + step)]);
            }
        }
        catch (SocketException) when (one.Code != 0)
        {
            // The gateway was done with it before.
        }
    }
}
