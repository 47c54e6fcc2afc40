namespace Sluice.Demo;

/// <summary>Ordered bytes to the gateway and back, whatever protocol carries them.</summary>
internal interface IDemoPipe : IAsyncDisposable
{
    /// <summary>Sends all of these bytes.</summary>
    Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>Fills the whole of the memory.</summary>
    /// <exception cref="IOException">The bytes end before.</exception>
    Task ReceiveAsync(Memory<byte> target, CancellationToken cancellation);
}
