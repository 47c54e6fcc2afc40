namespace Sluice.Kcp.Tests.Simulated;

/// <summary>A clock that only the test moves.</summary>
internal sealed class HandClock : TimeProvider
{
    private long _milliseconds;

    public override long TimestampFrequency => 1000;

    public override long GetTimestamp() => Interlocked.Read(ref _milliseconds);

    public void Advance(int milliseconds) => Interlocked.Add(ref _milliseconds, milliseconds);
}
