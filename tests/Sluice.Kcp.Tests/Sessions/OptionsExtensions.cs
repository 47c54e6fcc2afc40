namespace Sluice.Kcp.Tests.Sessions;

internal static class OptionsExtensions
{
    /// <summary>The turbo settings of these tests with another FEC.</summary>
    public static KcpOptions WithFec(this KcpOptions options, KcpFec fec) => new()
    {
        NoDelay = options.NoDelay,
        Interval = options.Interval,
        FastResend = options.FastResend,
        NoCongestionWindow = options.NoCongestionWindow,
        StreamMode = options.StreamMode,
        SendWindow = options.SendWindow,
        ReceiveWindow = options.ReceiveWindow,
        Fec = fec,
    };
}
