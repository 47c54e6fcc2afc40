using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Sluice.Registries.Kubernetes;
using Sluice.Registries.Tests.Kit;
using Sluice.Testing.Programs;
using Sluice.Testing.Tls;

namespace Sluice.Registries.Tests.Kubernetes;

/// <summary>An API server that does not let everybody in.</summary>
public sealed class AccessTests
{
    [Fact]
    public async Task A_token_that_rotates_is_read_again_and_a_wrong_one_is_an_outage()
    {
        using var folder = new TemporaryFolder();
        using var server = new FakeApiServer { Token = "first" };
        server.Put(Pods.Ready("s1"));
        string file = folder.Write("token", "wrong-token\n");
        await using Registry registry = await Registry.StartAsync(KubernetesTests.Source(server, tokenFile: file));
        await registry.UntilAsync(() => registry.Log.Count(31) == 1);
        Assert.Contains("401 Unauthorized", registry.Problem, StringComparison.Ordinal);
        folder.Write("token", "first\n");
        await registry.UntilAsync(() => registry.Problem is null && registry["s1"] == "10.0.0.5:7083");

        // The next watch brings the new token; no list is needed for it.
        int lists = server.Lists;
        folder.Write("token", "second");
        server.Token = "second";
        server.Bookmark();
        server.EndWatches();
        server.Put(Pods.Ready("s2"));
        await registry.UntilAsync(() => registry["s2"] == "10.0.0.5:7083");
        Assert.Equal(lists, server.Lists);
        Assert.Equal(1, registry.Log.Count(31));

        folder.Write("token", "a b\r\nX-Injected: yes");
        server.Drop();
        await registry.UntilAsync(() => registry.Problem is not null);
        Assert.Contains("holds no token", registry.Problem, StringComparison.Ordinal);
        File.Delete(file);
        await registry.UntilAsync(() => registry.Problem?.Contains("cannot be read", StringComparison.Ordinal) == true);
        Assert.Equal("10.0.0.5:7083", registry["s1"]);
        Assert.DoesNotContain("wrong-token", registry.Log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_permission_is_reported_in_the_words_of_the_server()
    {
        using var server = new FakeApiServer();
        await using Registry registry = await Registry.StartAsync(new KubernetesSource(
            new KubernetesOptions { ApiServer = server.Address, Namespace = "others", LabelSelector = "a", Port = 1 }));
        await registry.UntilAsync(() => registry.Log.Count(31) == 1);
        Assert.Contains("403 Forbidden: pods is forbidden: User", registry.Problem, StringComparison.Ordinal);
    }

    /// <summary>A pod of a cluster needs no settings for it: variables and the files of its service account say all.</summary>
    [Fact]
    public async Task In_a_cluster_the_service_account_is_enough_and_only_its_authority_is_trusted()
    {
        using var authority = new TestAuthority();
        using var stranger = new TestAuthority("Stranger");
        using X509Certificate2 certificate = authority.Issue("127.0.0.1");
        using X509Certificate2 usable = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        using var server = new FakeApiServer(usable) { Token = "account" };
        server.Put(Pods.Ready("s1"));
        using var account = new TemporaryFolder();
        account.Write("token", "account");
        account.Write("namespace", "games");
        account.Write("ca.crt", stranger.Certificate.ExportCertificatePem());
        string port = server.Port.ToString(CultureInfo.InvariantCulture);
        var options = new KubernetesOptions
        {
            LabelSelector = "app=match, tier in (a)",
            PortName = "game",
            ServiceAccountFolder = account.Path,
            Variable = name => name switch
            {
                "KUBERNETES_SERVICE_HOST" => "127.0.0.1",
                "KUBERNETES_SERVICE_PORT" => port,
                _ => null,
            },
        };

        await using Registry registry = await Registry.StartAsync(new KubernetesSource(options));
        await registry.UntilAsync(() => registry.Log.Count(31) == 1);
        Assert.Contains("certificate", registry.Problem, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
        account.Write("ca.crt", authority.Certificate.ExportCertificatePem());
        await registry.UntilAsync(() => registry.Problem is null && registry["s1"] == "10.0.0.5:7083");
    }

    [Fact]
    public async Task Outside_of_a_cluster_the_error_says_what_to_set()
    {
        using var folder = new TemporaryFolder();
        await using Registry registry = await Registry.StartAsync(new KubernetesSource(
            new KubernetesOptions { LabelSelector = "a", Port = 1, ServiceAccountFolder = folder.Path, Variable = _ => null }));
        await registry.UntilAsync(() => registry.Log.Count(31) == 1);
        Assert.Contains("set api_server", registry.Problem, StringComparison.Ordinal);
    }
}
