using System.Net.Sockets;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using static Sluice.Testing.Gateways.GatewayWorld;

namespace Sluice.Conformance;

/// <summary>
/// Memory used for peers that do not read. Measures the memory of the whole process, so nothing else runs at the same time.
/// </summary>
[Collection(nameof(BackPressureScenarios))]
[CollectionDefinition(nameof(BackPressureScenarios), DisableParallelization = true)]
public sealed class BackPressureScenarios
{
    public static TheoryData<Engine> Engines => Engine.All;

    [Theory, MemberData(nameof(Engines))]
    public async Task A_slow_reader_slows_its_writer_and_memory_stays_bounded(Engine engine)
    {
        const int Sessions = 40;
        var sent = new long[2 * Sessions];
        byte[] chunk = new byte[16 * 1024];
        int next = -1;
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            int index = Interlocked.Increment(ref next);
            while (true)
            {
                sent[index] += await socket.SendAsync(chunk);
            }
        });
        await using GatewayWorld world = await StartAsync(engine);

        // A first round makes the runtime allocate what it keeps for this many sockets and tasks. That is not the sessions' memory.
        var earlier = new List<Socket>();
        for (int i = 0; i < Sessions; i++)
        {
            earlier.Add(await world.EnterAsync(backend.Key));
        }

        await world.UntilStillAsync(sent.Sum);
        earlier.ForEach(client => client.Reset());
        while (await world.Gateway.Loops[0].InvokeAsync(() => world.Gateway.Loops[0].Buffers.Rented) > 0)
        {
            await world.PassTurnsAsync();
        }

        long before = GC.GetTotalMemory(forceFullCollection: true);
        var clients = new List<Socket>();
        for (int i = 0; i < Sessions; i++)
        {
            clients.Add(await world.EnterAsync(backend.Key));
        }

        // Nobody reads, so sending stalls when the kernel's buffers and at most one buffer of the gateway are full.
        await world.UntilStillAsync(sent.Sum);

        EventLoop loop = world.Gateway.Loops[0];

        // TLS has one more buffer, for a record that is encrypted but not yet sent. The bridge of a TLS or WebSocket client also lives in
        // this process.
        int buffers = engine.Tls ? 2 : 1;
        Assert.InRange(await loop.InvokeAsync(() => loop.Buffers.Rented), 0, Sessions * buffers);
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        long allowed = Sessions * (((engine.IsBridged ? 4 : 1) * 128L) + 8) * 1024;
        Assert.True(grown < allowed, $"{grown} bytes of managed memory for {Sessions} blocked sessions");

        // Once the client reads, the stream continues where it stalled.
        foreach (Socket client in clients)
        {
            await client.ReceiveExactlyAsync(8 * 1024 * 1024);
            client.Reset();
        }
    }
}
