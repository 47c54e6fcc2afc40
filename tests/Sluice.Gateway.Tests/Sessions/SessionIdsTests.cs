using Sluice.Gateway.Sessions;

namespace Sluice.Gateway.Tests.Sessions;

public class SessionIdsTests
{
    [Fact]
    public void Ids_are_unique()
    {
        var ids = new SessionIds();
        Assert.Equal(40_000, Enumerable.Range(0, 40_000).AsParallel().Select(_ => ids.Next()).Distinct().Count());
    }
}
