using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Redis;
using Sluice.Registries.Tests.Kit;
using Sluice.Testing.Loops;
using Sluice.Testing.Tls;
using Sluice.Transport.Tls;

namespace Sluice.Registries.Tests.Redis;

/// <summary>A Redis that does not let everybody in, or not everything be done.</summary>
public sealed class RedisAccessTests
{
    private const string Password = "correct-horse-battery";

    [Fact]
    public async Task A_user_with_the_rights_of_the_documentation_is_enough()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.RunAsync(
            "acl", "setuser", "sluice", "on", $">{Password}", "~sluice:nodes:*", "&__keyspace@0__:sluice:nodes:*", "-@all", "+scan",
            "+mget", "+pttl", "+ping",
            "+psubscribe", "+config|get", "+config|set",
            "+echo", "+info", "+client|id", "+client|setname", "+hello", "+select");
        await redis.SetAsync("s1", "10.0.0.5:1");
        var log = new ListLogger();
        await using Registry registry = await Registry.LoadedAsync(redis.Source(log: log, user: "sluice", password: Password));
        Assert.Equal("10.0.0.5:1", registry["s1"]);
        await redis.SetAsync("s1", "10.0.0.5:2");
        await registry.UntilAsync(() => registry["s1"] == "10.0.0.5:2");
        Assert.Empty(log.Lines);
        Assert.DoesNotContain(Password, registry.Log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_notifications_every_node_is_read_again_and_again()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.RunAsync("acl", "setuser", "sluice", "on", $">{Password}", "~*", "&*", "+@all", "-config");
        await redis.SetAsync("s1", "10.0.0.5:1");
        await redis.SetAsync("s2", "10.0.0.5:1");
        var log = new ListLogger();
        await using Registry registry = await Registry.LoadedAsync(redis.Source(log: log, user: "sluice", password: Password));
        for (int i = 2; i < 4; i++)
        {
            await redis.SetAsync("s1", $"10.0.0.5:{i}");
            await registry.UntilAsync(() => registry["s1"] == $"10.0.0.5:{i}");
        }

        await redis.DeleteAsync("s2");
        await registry.UntilAsync(() => registry["s2"] == "NotFound");
        LogLine line = Assert.Single(log.Lines);
        Assert.Contains("every node is read again each second", line.Text, StringComparison.Ordinal);
        Assert.Null(registry.Problem);
        Assert.Equal(1, registry.Log.Count(30));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong-secret")]
    public async Task A_wrong_password_is_reported_without_repeating_it(string? password)
    {
        await using RedisServer redis = await RedisServer.StartAsync(["--requirepass", Password], ["-a", Password, "--no-auth-warning"]);
        await redis.SetAsync("s1", "10.0.0.5:1");
        await using (Registry registry = await Registry.StartAsync(redis.Source(password: password)))
        {
            await registry.UntilAsync(() => registry.Log.Count(31) == 1);
            Assert.Matches("NOAUTH|WRONGPASS", registry.Problem);
            Assert.DoesNotContain("wrong-secret", registry.Log.ToString(), StringComparison.Ordinal);
        }

        await using Registry right = await Registry.LoadedAsync(redis.Source(password: Password));
        Assert.Equal("10.0.0.5:1", right["s1"]);
    }

    /// <summary>The password is rotated on the server and in its file, in this order, and the connections of the user are closed.</summary>
    [Fact]
    public async Task A_password_that_was_rotated_is_read_at_the_next_connection()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.RunAsync("acl", "setuser", "sluice", "on", $">{Password}", "~*", "&*", "+@all");
        await redis.SetAsync("s1", "10.0.0.5:1");
        string password = Password;
        var source = new RedisSource(
            new RedisOptions
            {
                Server = redis.EndPoint,
                Username = "sluice",
                ReadPassword = () => Volatile.Read(ref password).Length > 0 ? password : throw new NodeSourceException(
                    "its file is not there"),
            },
            new ListLogger());
        await using Registry registry = await Registry.LoadedAsync(source);
        await redis.RunAsync("acl", "setuser", "sluice", "resetpass", ">next-secret");
        Volatile.Write(ref password, "");
        await redis.RunAsync("client", "kill", "user", "sluice");
        await registry.UntilAsync(() => registry.Problem?.Contains("its file is not there", StringComparison.Ordinal) == true);
        Assert.Equal("10.0.0.5:1", registry["s1"]);
        Volatile.Write(ref password, "next-secret");
        await registry.UntilAsync(() => registry.Problem is null);
        await redis.SetAsync("s1", "10.0.0.5:2");
        await registry.UntilAsync(() => registry["s1"] == "10.0.0.5:2");
    }

    [Fact]
    public async Task Over_TLS_only_a_trusted_server_is_used()
    {
        using var authority = new TestAuthority();
        using var stranger = new TestAuthority("Stranger");
        TlsCertificateFiles files = authority.IssueFiles("127.0.0.1");
        await using RedisServer redis = await RedisServer.StartAsync(
            [
                "--port", "0", "--tls-port", "{port}", "--tls-cert-file", files.CertificateFile, "--tls-key-file", files.KeyFile,
                "--tls-ca-cert-file", authority.File, "--tls-auth-clients", "no",
            ],
            ["--tls", "--cacert", authority.File]);
        await redis.SetAsync("s1", "10.0.0.5:1");
        await using Registry registry = await Registry.LoadedAsync(Source(redis, authority.File));
        Assert.Equal("10.0.0.5:1", registry["s1"]);
        await redis.SetAsync("s1", "10.0.0.5:2");
        await registry.UntilAsync(() => registry["s1"] == "10.0.0.5:2");

        await using Registry unbelieved = await Registry.StartAsync(Source(redis, stranger.File));
        await unbelieved.UntilAsync(() => unbelieved.Log.Count(31) == 1);
        Assert.Equal("Unreachable", unbelieved["s1"]);
        Assert.Contains("certificate", unbelieved.Problem, StringComparison.Ordinal);
    }

    private static RedisSource Source(RedisServer redis, string caFile) =>
        new(new RedisOptions { Server = redis.EndPoint, Tls = true, CaFile = caFile }, new ListLogger());
}
