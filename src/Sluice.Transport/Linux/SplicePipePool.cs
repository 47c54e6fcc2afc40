using System.Net.Sockets;
using System.Runtime.Versioning;
using Sluice.Kcp.Buffers;

namespace Sluice.Transport.Linux;

/// <summary>The pipes of one loop. A session holds one only while bytes are in flight, so a few serve thousands of sessions.</summary>
[SupportedOSPlatform("linux")]
public sealed class SplicePipePool : IDisposable
{
    /// <summary>Pipe size that serves bulk best (docs/performance.md); the kernel's own default is 64 KiB.</summary>
    public const int DefaultCapacityBytes = 256 * 1024;

    /// <summary>
    /// Capacity of the empty pipes that are kept. They hold no pages, but the kernel counts their capacity against the user's limit for
    /// pipes (pipe(7), pipe-user-pages-soft: 64 MiB by default), and each takes two descriptors.
    /// </summary>
    private const long KeptBytes = 32 * 1024 * 1024;

    private readonly FreeList<SplicePipe> _free = new();
    private readonly int _capacity;
    private bool _disposed;

    /// <summary>Creates a pool.</summary>
    /// <param name="capacityBytes">What a pipe should hold; the kernel may grant less.</param>
    public SplicePipePool(int capacityBytes) => _capacity = capacityBytes;

    /// <summary>Pipes that are rented and not yet returned.</summary>
    public int Rented { get; private set; }

    /// <summary>Takes an empty pipe, or null if the process has no descriptor left for one.</summary>
    public SplicePipe? TryRent()
    {
        if (!_free.TryTake(out SplicePipe? pipe))
        {
            try
            {
                pipe = new SplicePipe(_capacity);
            }
            catch (SocketException)
            {
                return null;
            }
        }

        Rented++;
        return pipe;
    }

    /// <summary>Gives a pipe back. One that still holds bytes, of a session that was cut off, is closed with them.</summary>
    public void Return(SplicePipe pipe)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        Rented--;
        if (_disposed || pipe.Count > 0 || (_free.Count + 1L) * _capacity > KeptBytes)
        {
            pipe.Close();
        }
        else
        {
            _free.Add(pipe);
        }
    }

    /// <summary>Closes the kept pipes that were not needed since the last call.</summary>
    public void Trim() => _free.Trim(pipe => pipe.Close());

    /// <summary>Closes the pipes that are not rented.</summary>
    public void Dispose()
    {
        _disposed = true;
        while (_free.TryTake(out SplicePipe? pipe))
        {
            pipe.Close();
        }
    }
}
