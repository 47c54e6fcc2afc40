using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Sluice.Registries.ZooKeeper;

namespace Sluice.Registries.Tests.ZooKeeper;

/// <summary>A client that writes, as services that register nodes do. The product has none.</summary>
internal sealed class ZooKeeperWriter : IDisposable
{
    private const int CreateRequest = 1;
    private const int DeleteRequest = 2;
    private const int SetDataRequest = 5;
    private const int ReadOnly = 1;
    private const int Everything = 31;

    private readonly FrameStream _frames;
    private readonly JuteWriter _output = new();
    private int _xid;

    private ZooKeeperWriter(Socket socket) => _frames = new FrameStream(socket);

    public static async Task<ZooKeeperWriter> ConnectAsync(ZooKeeperServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port));
        var writer = new ZooKeeperWriter(socket);
        JuteWriter output = writer._output;
        output.BeginFrame();
        output.WriteInt(0);
        output.WriteLong(0);
        output.WriteInt(120_000);
        output.WriteLong(0);
        output.WriteBuffer(new byte[16]);
        output.WriteTruth(false);
        output.EndFrame();
        await writer.FlushAsync();
        Assert.NotNull(await writer._frames.ReadAsync(default));
        return writer;
    }

    public async Task CreateAsync(string path, string value = "")
    {
        AddCreate(path, value, "world", "anyone", Everything);
        await DoneAsync(1);
    }

    /// <summary>A znode that one user alone may read.</summary>
    public async Task CreateForAsync(string user, string path, string value)
    {
        // DigestAuthenticationProvider.generateDigest. The scheme is ZooKeeper's; there is no other to choose.
#pragma warning disable CA5350
        string digest = Convert.ToBase64String(SHA1.HashData(Encoding.UTF8.GetBytes(user)));
#pragma warning restore CA5350
        AddCreate(path, value, "digest", $"{user.Split(':')[0]}:{digest}", ReadOnly);
        await DoneAsync(1);
    }

    /// <summary>Many znodes, without waiting for each.</summary>
    public async Task CreateManyAsync(IEnumerable<(string Path, string Value)> znodes)
    {
        foreach ((string Path, string Value)[] some in znodes.Chunk(500))
        {
            foreach ((string path, string value) in some)
            {
                AddCreate(path, value, "world", "anyone", Everything);
            }

            await DoneAsync(some.Length);
        }
    }

    public async Task SetAsync(string path, string value)
    {
        Begin(SetDataRequest, path);
        _output.WriteText(value);
        _output.WriteInt(-1);
        _output.EndFrame();
        await DoneAsync(1);
    }

    public async Task DeleteAsync(string path)
    {
        Begin(DeleteRequest, path);
        _output.WriteInt(-1);
        _output.EndFrame();
        await DoneAsync(1);
    }

    public void Dispose() => _frames.Dispose();

    private void AddCreate(string path, string value, string scheme, string id, int rights)
    {
        Begin(CreateRequest, path);
        _output.WriteText(value);
        _output.WriteInt(1);
        _output.WriteInt(rights);
        _output.WriteText(scheme);
        _output.WriteText(id);
        _output.WriteInt(0);
        _output.EndFrame();
    }

    private void Begin(int request, string path)
    {
        _output.BeginFrame();
        _output.WriteInt(++_xid);
        _output.WriteInt(request);
        _output.WriteText(path);
    }

    private async Task DoneAsync(int count)
    {
        int first = _xid - count + 1;
        await FlushAsync();
        for (int i = 0; i < count; i++)
        {
            Check((await _frames.ReadAsync(default))!.Value.Span, first + i);
        }
    }

    private static void Check(ReadOnlySpan<byte> answer, int xid)
    {
        var reader = new JuteReader(answer);
        Assert.Equal(xid, reader.ReadInt());
        reader.ReadLong();
        Assert.Equal(0, reader.ReadInt());
    }

    private async Task FlushAsync()
    {
        await _frames.WriteAsync(_output.Written, default);
        _output.Clear();
    }
}
