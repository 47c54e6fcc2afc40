using System.Net.Security;
using System.Net.Sockets;

namespace Sluice.Testing.Tls;

/// <summary>An <see cref="SslStream"/> that may shut down while it reads.</summary>
/// <remarks>
/// SslStream locks encryption and decryption against each other, but not <see cref="SslStream.ShutdownAsync"/>. On Linux that calls
/// OpenSSL twice, the second time to read. Concurrently with a decryption, that read swallows a record or corrupts the heap. Here a gate
/// separates the two: a read holds it except while it waits for bytes.
/// </remarks>
internal sealed class TlsStream : SslStream
{
    private readonly Inner _inner;

    public TlsStream(Socket socket, bool ownsSocket = false)
        : this(new Inner(socket, ownsSocket))
    {
    }

    private TlsStream(Inner inner)
        : base(inner)
    {
        _inner = inner;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _inner.Gate.WaitAsync(cancellationToken);
        _inner.ReleasesGate = true;
        try
        {
            return await base.ReadAsync(buffer, cancellationToken);
        }
        finally
        {
            _inner.ReleasesGate = false;
            _inner.Gate.Release();
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async Task ShutdownAsync()
    {
        await _inner.Gate.WaitAsync();
        try
        {
            await base.ShutdownAsync();
        }
        finally
        {
            _inner.Gate.Release();
        }
    }

    private sealed class Inner(Socket socket, bool ownsSocket) : NetworkStream(socket, ownsSocket)
    {
        public SemaphoreSlim Gate { get; } = new(1);

        /// <summary>Whether a read holds the gate. False during the handshake, which reads without it.</summary>
        public bool ReleasesGate { get; set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!ReleasesGate)
            {
                return await base.ReadAsync(buffer, cancellationToken);
            }

            Gate.Release();
            try
            {
                return await base.ReadAsync(buffer, cancellationToken);
            }
            finally
            {
                await Gate.WaitAsync(CancellationToken.None);
            }
        }
    }
}
