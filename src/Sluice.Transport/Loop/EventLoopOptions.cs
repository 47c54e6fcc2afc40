namespace Sluice.Transport.Loop;

/// <summary>How an <see cref="EventLoop"/> is set up.</summary>
public sealed record EventLoopOptions
{
    /// <summary>Name of the loop's thread.</summary>
    public string Name { get; init; } = "loop";

    /// <summary>The readiness mechanism.</summary>
    public PollerKind Poller { get; init; }

    /// <summary>Size in bytes of the buffer that every receive of the loop goes through; 4,096 to 1,048,576.</summary>
    /// <remarks>16 KiB stays in the first cache levels; larger ones cost more CPU per byte (docs/performance.md).</remarks>
    public int ScratchBytes { get; init; } = 16 * 1024;

    /// <summary>Where the time comes from. Tests pass a clock of their own and call <see cref="EventLoop.Wake"/> after moving it.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
