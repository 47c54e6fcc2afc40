using Sluice.Registries.Etcd;
using Sluice.Registries.Tests.Kit;
using Sluice.Testing.Programs;
using Sluice.Testing.Tls;
using Sluice.Transport.Tls;

namespace Sluice.Registries.Tests.Etcd;

/// <summary>An etcd that does not let everybody in.</summary>
public sealed class EtcdAccessTests
{
    private const string Password = "correct horse battery";

    /// <summary>The token ends after two seconds without use, and the store's users change meanwhile: neither is an outage.</summary>
    [Fact]
    public async Task A_user_who_may_only_read_the_prefix_is_enough()
    {
        await using EtcdServer etcd = await EtcdServer.StartAsync(arguments: ["--auth-token-ttl", "2"], clientArguments: []);
        await etcd.PutAsync("s1", "10.0.0.5:1");
        await etcd.RunAsync("user", "add", "root:r");
        await etcd.RunAsync("user", "grant-role", "root", "root");
        await etcd.RunAsync("role", "add", "gateway");
        await etcd.RunAsync("role", "grant-permission", "--prefix=true", "gateway", "read", "/sluice/nodes/");
        await etcd.RunAsync("user", "add", $"sluice:{Password}");
        await etcd.RunAsync("user", "grant-role", "sluice", "gateway");
        await etcd.RunAsync("auth", "enable");

        await using (Registry nobody = await Registry.StartAsync(etcd.Source()))
        {
            await nobody.UntilAsync(() => nobody.Log.Count(31) == 1);
            Assert.Contains("etcdserver: user name is empty", nobody.Problem, StringComparison.Ordinal);
        }

        await using (Registry wrong = await Registry.StartAsync(Source(etcd, "wrong secret")))
        {
            await wrong.UntilAsync(() => wrong.Log.Count(31) == 1);
            Assert.Contains("authentication failed", wrong.Problem, StringComparison.Ordinal);
            Assert.DoesNotContain("wrong secret", $"{wrong.Problem}{wrong.Log}", StringComparison.Ordinal);
        }

        await using Registry registry = await Registry.LoadedAsync(Source(etcd, Password));
        Assert.Equal("10.0.0.5:1", registry["s1"]);
        await etcd.RunAsync("--user", "root:r", "user", "add", "another:x");
        await etcd.RunAsync("--user", "root:r", "put", "/sluice/nodes/s1", "10.0.0.5:2");
        await registry.UntilAsync(() => registry["s1"] == "10.0.0.5:2");
        Assert.Null(registry.Problem);
        Assert.DoesNotContain(Password, registry.Log.ToString(), StringComparison.Ordinal);
    }

    /// <summary>
    /// etcd invalidates the tokens of a user whose password changes: the gateway logs in again, with what is in the file then.
    /// </summary>
    [Fact]
    public async Task A_password_that_was_rotated_is_read_at_the_next_login()
    {
        await using EtcdServer etcd = await EtcdServer.StartAsync();
        await etcd.PutAsync("s1", "10.0.0.5:1");
        await etcd.RunAsync("user", "add", "root:r");
        await etcd.RunAsync("user", "grant-role", "root", "root");
        await etcd.RunAsync("user", "add", $"sluice:{Password}");
        await etcd.RunAsync("user", "grant-role", "sluice", "root");
        await etcd.RunAsync("auth", "enable");
        string password = Password;
        await using Registry registry = await Registry.LoadedAsync(new EtcdSource(
            new EtcdOptions { Endpoints = [etcd.Endpoint], Username = "sluice", ReadPassword = () => Volatile.Read(ref password) }));
        Assert.Equal("10.0.0.5:1", registry["s1"]);

        using var folder = new TemporaryFolder();
        await etcd.RunWithInputAsync(
            folder.Write("password", "next-secret\n"), "--user", "root:r", "user", "passwd", "sluice", "--interactive=false");
        await registry.UntilAsync(() => registry.Problem is not null);
        Volatile.Write(ref password, "next-secret");
        await registry.UntilAsync(() => registry.Problem is null);
        await etcd.RunAsync("--user", "root:r", "put", "/sluice/nodes/s1", "10.0.0.5:2");
        await registry.UntilAsync(() => registry["s1"] == "10.0.0.5:2");
    }

    [Fact]
    public async Task Over_TLS_only_a_trusted_member_is_used_and_gets_our_certificate()
    {
        using var authority = new TestAuthority();
        using var stranger = new TestAuthority("Stranger");
        TlsCertificateFiles server = authority.IssueFiles("127.0.0.1");
        TlsCertificateFiles client = authority.IssueFiles("gateway");
        await using EtcdServer etcd = await EtcdServer.StartAsync(
            "https",
            [
                "--cert-file", server.CertificateFile, "--key-file", server.KeyFile, "--client-cert-auth", "--trusted-ca-file",
                authority.File,
            ],
            ["--cacert", authority.File, "--cert", client.CertificateFile, "--key", client.KeyFile]);
        await etcd.PutAsync("s1", "10.0.0.5:1");

        await using Registry registry = await Registry.LoadedAsync(Source(etcd, authority.File, client));
        Assert.Equal("10.0.0.5:1", registry["s1"]);
        await etcd.PutAsync("s1", "10.0.0.5:2");
        await registry.UntilAsync(() => registry["s1"] == "10.0.0.5:2");

        await using Registry unbelieved = await Registry.StartAsync(Source(etcd, stranger.File, client));
        await unbelieved.UntilAsync(() => unbelieved.Log.Count(31) == 1);
        Assert.Contains("certificate", unbelieved.Problem, StringComparison.Ordinal);

        await using Registry nameless = await Registry.StartAsync(Source(etcd, authority.File, null));
        await nameless.UntilAsync(() => nameless.Log.Count(31) == 1);
        Assert.Equal("Unreachable", nameless["s1"]);

        await using Registry missing = await Registry.StartAsync(Source(etcd, authority["nowhere.pem"], null));
        await missing.UntilAsync(() => missing.Log.Count(31) == 1);
        Assert.Contains("nowhere.pem cannot be used", missing.Problem, StringComparison.Ordinal);
    }

    private static EtcdSource Source(EtcdServer etcd, string password) =>
        new(new EtcdOptions { Endpoints = [etcd.Endpoint], Username = "sluice", Password = password });

    private static EtcdSource Source(EtcdServer etcd, string caFile, TlsCertificateFiles? files) => new(new EtcdOptions
    {
        Endpoints = [etcd.Endpoint],
        CaFile = caFile,
        CertificateFile = files?.CertificateFile,
        KeyFile = files?.KeyFile,
    });
}
