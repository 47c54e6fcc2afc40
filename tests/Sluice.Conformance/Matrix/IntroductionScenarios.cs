using System.Net;
using System.Security.Cryptography;
using System.Text;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Vocabulary;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;

namespace Sluice.Conformance.Matrix;

/// <summary>
/// The PROXY header that a backend receives, for every pair of protocols: the client's address and the node's name, never the route key.
/// </summary>
public sealed class IntroductionScenarios
{
    private const string Node = "n\u00f6de-1";

    public static TheoryData<Protocol, Protocol, int> PairsAndVersions =>
        [.. from row in MatrixScenarios.Pairs
            from version in new[] { 1, 2 }
            select new TheoryDataRow<Protocol, Protocol, int>(row.Data.Item1, row.Data.Item2, version)];

    [Theory, MemberData(nameof(PairsAndVersions))]
    public async Task The_header_precedes_all_bytes_and_contains_nothing_of_a_secret_key(Protocol from, Protocol to, int version)
    {
        string key = Convert.ToHexString(RandomNumberGenerator.GetBytes(200));
        byte[] message = GatewayWorld.RandomBytes(100_000, seed: 11);
        var told = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        int expected = message.Length + (from == Protocol.WebSocket ? sizeof(int) : 0);
        await using MatrixBackend backend = await MatrixBackend.StartAsync(to, async pipe =>
        {
            byte[] header = version == 1 ? await ReadLineAsync(pipe) : await ReadBlockAsync(pipe);
            byte[] received = await pipe.ReceiveAsync(expected);
            told.SetResult(header);
            await pipe.SendAsync(received);
            await pipe.ReceiveSomeAsync();
        });
        Assert.True(Backend.TryParse(backend.Key, out Backend? found));

        // A KCP client would get the other protocol if its node did not name one.
        await using GatewayWorld world = await MatrixWorld.StartAsync(reciprocity: to == Protocol.Tcp, change: options => options with
        {
            Resolver = new Secret(found),
            ProxyProtocol = version == 1 ? ProxyProtocolVersion.V1 : ProxyProtocolVersion.V2,
        });
        using Pipe client = await world.EnterAsync(from, key);
        await client.SendAsync(message);
        byte[] atBackend = client.AtBackend(message);
        byte[] back = await client.ReceiveAsync(atBackend.Length);
        Assert.True(atBackend.AsSpan().SequenceEqual(back));

        byte[] bytes = await told.Task.WaitAsync(SocketExtensions.Patience);
        string text = Encoding.Latin1.GetString(bytes);
        Assert.DoesNotContain(key[..8], text, StringComparison.Ordinal);
        IPEndPoint gate = world.Gateway.Listeners.Single(listener => listener.Protocol == from).EndPoint;
        if (version == 1)
        {
            IPAddress reached = from == Protocol.Kcp ? gate.Address : IPAddress.Loopback;
            Assert.Matches($"^PROXY TCP4 127\\.0\\.0\\.1 {reached} [0-9]+ {gate.Port}\r\n$", text);
            return;
        }

        Assert.Equal([127, 0, 0, 1, 127, 0, 0, 1], bytes[16..24]);
        Assert.Equal(gate.Port, (bytes[26] << 8) | bytes[27]);
        Dictionary<byte, string> values = Values(bytes[28..]);
        Assert.Equal(Node, values[0x02]);
        Assert.Equal(from == Protocol.Kcp ? "kcp" : null, values.GetValueOrDefault((byte)0xe0));
        Assert.Equal(from == Protocol.Kcp ? 3 : 2, values.Count);
    }

    private static Dictionary<byte, string> Values(byte[] bytes)
    {
        var values = new Dictionary<byte, string>();
        for (int at = 0; at < bytes.Length;)
        {
            int length = (bytes[at + 1] << 8) | bytes[at + 2];
            values.Add(bytes[at], Encoding.UTF8.GetString(bytes, at + 3, length));
            at += 3 + length;
        }

        return values;
    }

    private static async Task<byte[]> ReadLineAsync(Pipe pipe)
    {
        List<byte> line = [];
        do
        {
            line.AddRange(await pipe.ReceiveAsync(1));
        }
        while (line[^1] != '\n');
        return [.. line];
    }

    private static async Task<byte[]> ReadBlockAsync(Pipe pipe)
    {
        byte[] head = await pipe.ReceiveAsync(16);
        return [.. head, .. await pipe.ReceiveAsync((head[14] << 8) | head[15])];
    }

    private sealed class Secret(Backend backend) : IBackendResolver
    {
        public string Name => "secret";

        public bool KeysAreSecret => true;

        public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) =>
            new(Resolution.To(backend) with { NodeName = Node });
    }
}
