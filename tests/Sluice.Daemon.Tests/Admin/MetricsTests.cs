using System.Net;
using System.Net.Sockets;
using Sluice.Daemon.Admin.Metrics;
using Sluice.Demo;
using Sluice.Gateway.Vocabulary;
using Sluice.Testing.Programs;
using Measured = System.Diagnostics.Metrics.Measurement<double>;
using Meter = System.Diagnostics.Metrics.Meter;

namespace Sluice.Daemon.Tests.Admin;

/// <summary>The metrics for Prometheus, which must not contain addresses and keys of clients.</summary>
public sealed class MetricsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Sessions_are_counted_by_protocol_and_reason_and_bytes_by_direction()
    {
        await using var backend = new EchoBackend(_ => { });
        (RunningProgram program, IPEndPoint tcp, string ready) = await RunningProgram.ServeAsync(
            _folder.Path, "admin.port=0", "kcpgate.enabled=false");
        using var admin = new AdminClient(ready);
        await using (program)
        {
            Dictionary<string, double> before = await admin.MetricsAsync();
            Assert.Equal(0, before["sluice_sessions{protocol=\"tcp\"}"]);
            Assert.Equal(0, before["sluice_sessions{protocol=\"ws\"}"]);
            Assert.DoesNotContain(before.Keys, series => series.Contains("\"kcp\"", StringComparison.Ordinal));
            foreach (EndReason reason in Enum.GetValues<EndReason>())
            {
                Assert.Equal(0, before[Ended(reason.ToWord())]);
            }

            using (FramedClient client = await FramedClient.ConnectAsync(tcp))
            {
                await client.GreetAsync(backend.EndPoint);
                await client.EchoAsync("12345");
                Assert.Equal(1, (await admin.MetricsAsync())["sluice_sessions{protocol=\"tcp\"}"]);
                NetworkStream stream = client.Stream;
                stream.Socket.Shutdown(SocketShutdown.Send);
                Assert.Equal(0, await stream.ReadAsync(new byte[1]));
            }

            using (FramedClient client = await FramedClient.ConnectAsync(tcp))
            {
                Assert.Equal("error denied", await client.GreetAsync("192.0.2.1:4711"));
            }

            await program.ErrorAsync(line => line.Contains("ended: denied", StringComparison.Ordinal));
            Dictionary<string, double> after = await admin.MetricsAsync();
            while (after["sluice_sessions{protocol=\"tcp\"}"] > 0)
            {
                after = await admin.MetricsAsync();
            }

            // Each number is read for itself: what was counted before the last one left may have been read before that.
            after = await admin.MetricsAsync();

            Assert.Equal(1, after[Ended("completed")]);
            Assert.Equal(1, after[Ended("denied")]);
            Assert.Equal(
                2,
                after.Where(sample => sample.Key.StartsWith("sluice_sessions_ended_total", StringComparison.Ordinal))
                    .Sum(sample => sample.Value));
            Assert.Equal(5, after["sluice_relayed_bytes_total{direction=\"from_client\"}"]);
            Assert.Equal(5, after["sluice_relayed_bytes_total{direction=\"from_backend\"}"]);
            Assert.Equal(0, after["sluice_session_faults_total"]);
            Assert.Equal(
                1, after["sluice_policy_decisions_total{rule=\"default: neither loopback nor a private network\",allowed=\"false\"}"]);
            Assert.DoesNotContain(
                after.Keys,
                series => series.Contains("192.0.2.1", StringComparison.Ordinal)
                    || series.Contains(backend.EndPoint.ToString(), StringComparison.Ordinal));
            Assert.Equal(before.Keys, after.Keys);
        }
    }

    [Fact]
    public async Task Two_equal_rules_are_one_series()
    {
        (RunningProgram program, _, string ready) = await RunningProgram.ServeAsync(
            _folder.Path, "admin.port=0", "policy.deny=10.0.0.0/8,10.0.0.0/8");
        using var admin = new AdminClient(ready);
        await using (program)
        {
            Assert.Contains("sluice_policy_decisions_total{rule=\"deny 10.0.0.0/8\",allowed=\"false\"}", (await admin.MetricsAsync()).Keys);
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.9.9.9")]
    [InlineData("[::1]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("localhost")]
    public async Task The_admin_port_is_denied_as_a_backend_whatever_the_rules_say(string host)
    {
        (RunningProgram program, IPEndPoint tcp, string ready) = await RunningProgram.ServeAsync(
            _folder.Path, "admin.port=0", "policy.allow=127.0.0.0/8,::1/128,localhost");
        using var admin = new AdminClient(ready);
        await using (program)
        {
            using FramedClient client = await FramedClient.ConnectAsync(tcp);
            Assert.Equal("error denied", await client.GreetAsync($"{host}:{admin.EndPoint.Port}"));
        }
    }

    [Fact]
    public void Texts_are_escaped_and_numbers_are_plain()
    {
        using var meter = new Meter("Sluice.Daemon.Tests.Escapes");
        meter.CreateObservableGauge(
            "a", () => new Measured(1.5, new KeyValuePair<string, object?>("l", "x\"y\\z\nw\u00e9")), description: "one\\two\nthree");
        meter.CreateObservableCounter("b", () => 12345678901L);

        string text = System.Text.Encoding.UTF8.GetString(PrometheusText.Of(meter.Name).Span);

        Assert.Equal(
            "# HELP a one\\\\two\\nthree\n# TYPE a gauge\na{l=\"x\\\"y\\\\z\\nw\u00e9\"} 1.5\n# HELP b_total \n# TYPE b_total "
                + "counter\nb_total 12345678901\n",
            text);
    }

    private static string Ended(string reason) => $"sluice_sessions_ended_total{{protocol=\"tcp\",reason=\"{reason}\"}}";
}
