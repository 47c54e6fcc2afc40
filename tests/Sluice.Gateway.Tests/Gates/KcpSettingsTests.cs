using Sluice.Gateway.Gates;
using Sluice.Kcp;

namespace Sluice.Gateway.Tests.Gates;

/// <summary>How long a KCP session waits for an acknowledgement, in seconds.</summary>
public class KcpSettingsTests
{
    [Theory]
    [InlineData(60, 0, 70, 10)]
    [InlineData(3600, 0, 3610, 10)]
    [InlineData(1, 0, 11, 10)]
    [InlineData(0, 0, 60, 10)]
    [InlineData(2_592_000, 0, 86_400, 10)]
    [InlineData(60, 15, 15, 15)]
    [InlineData(0, 86_400, 86_400, 86_400)]
    public void Clients_have_more_than_the_idle_timeout_unless_a_time_is_set(int idleTimeout, int deadLinkTime, int clients, int backends)
    {
        var options = new KcpGateOptions { IdleTimeout = TimeSpan.FromSeconds(idleTimeout), DeadLinkTime = TimeSpan.FromSeconds(deadLinkTime) };
        Assert.Equal(1000 * clients, KcpSettings.ForClients(options).Session.DeadLinkTime);
        Assert.Equal(1000 * backends, KcpSettings.ForBackends(options).Session.DeadLinkTime);
    }

    [Fact]
    public void Settings_of_the_session_hold_for_backends_and_are_the_least_for_clients()
    {
        var options = new KcpGateOptions { Session = new KcpOptions { DeadLinkTime = 90_000 } };
        Assert.Equal(90_000, KcpSettings.ForClients(options).Session.DeadLinkTime);
        Assert.Equal(90_000, KcpSettings.ForBackends(options).Session.DeadLinkTime);
    }
}
