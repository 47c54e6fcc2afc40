using System.Net.Sockets;
using static Sluice.Conformance.GatewayWorld;

namespace Sluice.Conformance;

/// <summary>A byte that is sent as urgent (MSG_OOB) arrives in its place, and nothing behind it is held up or lost.</summary>
public sealed class UrgentScenarios
{
    public static TheoryData<Engine> PlainEngines => Engine.Plain;

    [Theory, MemberData(nameof(PlainEngines))]
    public async Task An_urgent_byte_arrives_in_its_place_both_ways(Engine engine)
    {
        byte[] before = RandomBytes(5_000, seed: 31);
        byte[] behind = RandomBytes(70_000, seed: 32);
        byte[] whole = [.. before, (byte)'!', .. behind];
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            Assert.Equal(whole, await socket.ReceiveExactlyAsync(whole.Length));
            await SendAsync(socket);

            // An answer to something later: nothing waits for further bytes.
            Assert.Equal([7], await socket.ReceiveExactlyAsync(1));
            await SendAsync(socket);
            socket.Shutdown(SocketShutdown.Send);
            Assert.Equal(whole, await socket.ReceiveToEndAsync());
        });
        await using GatewayWorld world = await StartAsync(engine);
        for (int i = 0; i < 20; i++)
        {
            using Socket client = await world.EnterAsync(backend.Key);
            await SendAsync(client);
            Assert.Equal(whole, await client.ReceiveExactlyAsync(whole.Length));
            await client.SendAllAsync(new byte[] { 7 });
            Assert.Equal(whole, await client.ReceiveToEndAsync());
            await SendAsync(client);
            client.Shutdown(SocketShutdown.Send);
            IReadOnlyDictionary<string, object?> line = await world.NextEndedAsync();
            Assert.Equal(
                ("completed", (2L * whole.Length) + 1, 2L * whole.Length),
                (line["Reason"], line["BytesFromClient"], line["BytesFromBackend"]));
        }

        async Task SendAsync(Socket socket)
        {
            await socket.SendAllAsync(before);
            Assert.Equal(1, socket.Send("!"u8, SocketFlags.OutOfBand));
            await socket.SendAllAsync(behind);
        }
    }
}
