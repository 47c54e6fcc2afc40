using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Tests.Kit;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;

namespace Sluice.Gateway.Tests.Dialing;

/// <summary>Backends are dialled from the addresses that the options name.</summary>
public class SourceAddressTests
{
    [Fact]
    public async Task Backends_see_the_addresses_of_the_pool_in_turn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere loopback has one address");
        IPAddress[] pool = [IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3")];
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { SourceAddresses = pool });
        using Socket backend = RawSockets.Listen();
        var seen = new List<IPAddress>();
        for (int i = 0; i < 4; i++)
        {
            using Socket client = await gateway.ConnectAsync($"{backend.LocalEndPoint}");
            using Socket accepted = await backend.AcceptAsync().WaitAsync(Observed.HungAfter);
            seen.Add(((IPEndPoint)accepted.RemoteEndPoint!).Address);
            Assert.Equal("ok", await TestGateway.ReplyAsync(client));
        }

        Assert.Equal(seen[0], seen[2]);
        Assert.Equal(seen[1], seen[3]);
        Assert.Equal(pool, seen[..2].OrderBy(address => $"{address}", StringComparer.Ordinal));
    }
}
