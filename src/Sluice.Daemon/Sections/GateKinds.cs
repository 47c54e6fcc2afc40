using Sluice.Daemon.Configuration.Kinds;

namespace Sluice.Daemon.Sections;

/// <summary>The kinds of values that every listener has.</summary>
internal static class GateKinds
{
    private const double SecondsPerMonth = 2_592_000;

    public static readonly WholeNumberKind<int> Port = new(0, 65_535);
    public static readonly TruthKind Truth = new();
    public static readonly AddressKind Address = new();
    public static readonly AddressRangesKind Ranges = new();
    public static readonly SecondsKind Timeout = new(0.001, 3600);
    public static readonly SecondsKind IdleTimeout = new(0.001, SecondsPerMonth, zeroAllowed: true);
}
