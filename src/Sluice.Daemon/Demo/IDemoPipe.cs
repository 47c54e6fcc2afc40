namespace Sluice.Daemon.Demo;

/// <summary>Ordered bytes to the gateway and back, whatever protocol carries them.</summary>
internal interface IDemoPipe : IAsyncDisposable
{
    /// <summary>Sends all of these bytes.</summary>
    Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>Fills the whole of the memory. Throws <see cref="IOException"/> where the bytes end before.</summary>
    Task ReceiveAsync(Memory<byte> target, CancellationToken cancellation);
}
