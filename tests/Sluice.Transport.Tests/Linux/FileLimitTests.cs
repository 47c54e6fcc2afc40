using System.Globalization;
using System.Runtime.Versioning;
using Sluice.Transport.Linux;

namespace Sluice.Transport.Tests.Linux;

[SupportedOSPlatform("linux")]
public class FileLimitTests
{
    [Fact]
    public void The_limit_in_force_is_the_hard_limit_and_is_returned()
    {
        long told = FileLimit.RaiseToHardLimit();
        string[] columns = File.ReadLines("/proc/self/limits")
            .Single(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(columns[4], columns[3]);
        Assert.Equal(told, columns[4] == "unlimited" ? long.MaxValue : long.Parse(columns[4], CultureInfo.InvariantCulture));
    }
}
