using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Greeting;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Tests.Kit;

/// <summary>A gateway of one loop whose clock stands still, its log, and clients for it.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly SluiceGateway _gateway;

    private TestGateway(GatewayOptions options)
    {
        _gateway = new SluiceGateway(
            options with { Tcp = new TcpGateOptions { Bind = IPAddress.Loopback, Port = 0 }, Loops = 1, TimeProvider = Time }, Log);
    }

    public CountingTime Time { get; } = new();

    public ListLogger Log { get; } = new();

    public SluiceGateway Gateway => _gateway;

    public IPEndPoint EndPoint => _gateway.Listeners[0].EndPoint;

    public static async Task<TestGateway> StartAsync(GatewayOptions? options = null)
    {
        var gateway = new TestGateway(options ?? new GatewayOptions());
        await gateway._gateway.StartAsync();
        return gateway;
    }

    public Task<Socket> ConnectAsync() => RawSockets.ConnectAsync(EndPoint);

    /// <summary>A client that has sent its key.</summary>
    public Task<Socket> ConnectAsync(string key) => ConnectAsync(Encoding.UTF8.GetBytes(key));

    public async Task<Socket> ConnectAsync(byte[] key)
    {
        Socket client = await ConnectAsync();
        await client.SendAllAsync(FrameParser.Build(key));
        return client;
    }

    /// <summary>What a client with this key is answered, and then the connection's end where it is refused.</summary>
    public async Task<string> AskAsync(string key)
    {
        using Socket client = await ConnectAsync(key);
        return await ReplyAsync(client);
    }

    public static async Task<string> ReplyAsync(Socket client)
    {
        byte[] header = await client.ReceiveExactlyAsync(4);
        return Encoding.UTF8.GetString(await client.ReceiveExactlyAsync(BinaryPrimitives.ReadInt32LittleEndian(header)));
    }

    public async Task AdvanceAsync(long milliseconds)
    {
        Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        EventLoop loop = _gateway.Loops[0];
        loop.Wake();
        for (int i = 0; i < 2; i++)
        {
            await loop.InvokeAsync(() => 0).WaitAsync(Observed.HungAfter);
        }
    }

    /// <summary>The line of an ended session, once there are so many.</summary>
    public async Task<string> EndedAsync(int count = 1)
    {
        await Log.UntilAsync(() => Log.Count(1) == count);
        return Log.Lines.Last(line => line.Id == 1).Text;
    }

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();
}
