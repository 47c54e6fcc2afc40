using System.Net.Sockets;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using static Sluice.Testing.Gateways.GatewayWorld;

namespace Sluice.Conformance;

/// <summary>An urgent byte (MSG_OOB) is dropped, as by HAProxy and nginx, and nothing after it is held up or lost.</summary>
public sealed class UrgentScenarios
{
    public static TheoryData<Engine> PlainEngines => Engine.Plain;

    [Theory, MemberData(nameof(PlainEngines))]
    public async Task An_urgent_byte_is_dropped_and_what_follows_arrives_at_once(Engine engine)
    {
        byte[] before = RandomBytes(5_000, seed: 31);
        byte[] behind = RandomBytes(70_000, seed: 32);
        byte[] whole = [.. before, .. behind];
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

    [Theory, MemberData(nameof(PlainEngines))]
    public async Task An_urgent_byte_just_before_the_end_does_not_hide_the_end(Engine engine)
    {
        byte[] bytes = RandomBytes(5_000, seed: 33);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            Assert.Equal(bytes, await socket.ReceiveToEndAsync());
            await socket.SendAllAsync(bytes);
            Assert.Equal(1, socket.Send("!"u8, SocketFlags.OutOfBand));
        });
        await using GatewayWorld world = await StartAsync(engine);
        for (int i = 0; i < 20; i++)
        {
            using Socket client = await world.EnterAsync(backend.Key);
            await client.SendAllAsync(bytes);
            Assert.Equal(1, client.Send("!"u8, SocketFlags.OutOfBand));
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(bytes, await client.ReceiveToEndAsync());
            Assert.Equal("completed", (await world.NextEndedAsync())["Reason"]);
        }
    }
}
