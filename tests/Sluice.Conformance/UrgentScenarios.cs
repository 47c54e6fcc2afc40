using System.Net.Sockets;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using static Sluice.Testing.Gateways.GatewayWorld;

namespace Sluice.Conformance;

/// <summary>An urgent byte (MSG_OOB) is dropped, as in HAProxy and nginx. Nothing after it is delayed or lost.</summary>
public sealed class UrgentScenarios
{
    public static TheoryData<Engine> PlainEngines => Engine.Plain;

    [Theory, MemberData(nameof(PlainEngines))]
    public async Task An_urgent_byte_is_dropped_and_later_bytes_arrive_at_once(Engine engine)
    {
        byte[] before = RandomBytes(5_000, seed: 31);
        byte[] after = RandomBytes(70_000, seed: 32);
        byte[] whole = [.. before, .. after];
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            Assert.Equal(whole, await socket.ReceiveExactlyAsync(whole.Length));
            await SendAsync(socket);

            // The client sends this only after it has received everything, so nothing waited for further bytes.
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
            await socket.SendAllAsync(after);
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
