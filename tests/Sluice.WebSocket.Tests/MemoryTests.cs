using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.WebSocket;
using Sluice.WebSocket.Tests.Kit;
using static Sluice.Testing.WebSocket.WsClient;

namespace Sluice.WebSocket.Tests;

/// <summary>What a session holds whose backend reads nothing: one message, in whatever pool its buffer is.</summary>
[Collection(nameof(MemoryTests))]
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
public sealed class MemoryTests
{
    private const int Sessions = 16;
    private const int MessageBytes = 1024 * 1024;

    [Theory, InlineData(false), InlineData(true)]
    public async Task Memory_per_session_is_bounded_by_one_message(bool compression)
    {
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            await mayRead.Task;
            await socket.ReceiveToEndAsync();
        });
        await using GatewayWorld world = await WsWorld.StartAsync(
            gate => gate with { MaxMessageBytes = MessageBytes, Compression = compression });
        byte[] payload = GatewayWorld.RandomBytes(MessageBytes - 1000);

        // Random bytes do not shrink: what is inflated is as long as what it is inflated from.
        byte[] message = compression ? Frame(Fin | 0x40 | Binary, Protocol.DeflateCases.Deflate(payload)) : Message(payload);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long sent = 0;
        var sending = new List<Task>();
        var clients = new List<WsClient>();
        for (int i = 0; i < Sessions; i++)
        {
            WsClient client = await EnterAsync(
                world.EndPoint, backend.Key, compression ? ["Sec-WebSocket-Extensions: permessage-deflate"] : []);
            clients.Add(client);
            sending.Add(Task.Run(async () =>
            {
                for (int k = 0; k < 20; k++)
                {
                    await client.SendAsync(message);
                    Interlocked.Add(ref sent, message.Length);
                }
            }));
        }

        await world.UntilStillAsync(() => Interlocked.Read(ref sent));
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        // A buffer is at most twice what is in it, and what was received behind the message is one receive. While a message is inflated,
        // which
        // the loop does for one at a time, the compressed one lies beside it.
        Assert.InRange(grown, long.MinValue, (Sessions * ((2L * MessageBytes) + (256 * 1024))) + (compression ? 4L * MessageBytes : 0));
        mayRead.SetResult();
        await Task.WhenAll(sending);
        clients.ForEach(client => client.Dispose());
    }
}
