using System.Net;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Tests.Routing;

public class ResolutionTests
{
    [Fact]
    public void No_backends_is_not_found()
    {
        Assert.Equal(Resolution.NotFound, Resolution.To());
        Assert.Equal(EndReason.NotFound, Resolution.To().Rejection);
    }

    [Fact]
    public void Refusals_carry_their_reason_and_no_backend()
    {
        Assert.Equal(
            [EndReason.BadKey, EndReason.NotFound, EndReason.Busy, EndReason.Draining],
            new[] { Resolution.BadKey, Resolution.NotFound, Resolution.Busy, Resolution.Draining }.Select(resolution => resolution.Rejection));
        Assert.Empty(Resolution.Busy.Backends);
    }

    [Theory]
    [InlineData("127.0.0.1:7083", true)]
    [InlineData("game.internal:7083", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("", false)]
    public async Task The_original_s_strategy_reads_host_and_port(string key, bool good)
    {
        var resolver = new HostPortResolver();
        Resolution resolved = await resolver.ResolveAsync(
            new RouteRequest(key, NetworkAddress.From(IPAddress.Loopback, 1)), TestContext.Current.CancellationToken);
        Assert.Equal(good ? [key] : [], resolved.Backends.Select(backend => backend.ToString()));
        Assert.Equal(good ? default : EndReason.BadKey, resolved.Rejection);
        Assert.Equal("ipHost", resolver.Name);
    }
}
