using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Sluice.Transport.Linux;

/// <summary>The pipes of one loop. A session holds one only while bytes are in flight, so a few serve thousands of sessions.</summary>
[SupportedOSPlatform("linux")]
public sealed class SplicePipePool : IDisposable
{
    /// <summary>Pipe size that serves bulk best (docs/performance.md); the kernel's own default is 64 KiB.</summary>
    public const int DefaultCapacityBytes = 256 * 1024;

    private const int KeptPipes = 64;

    private readonly Stack<SplicePipe> _free = new();
    private readonly int _capacity;
    private bool _disposed;

    /// <summary>Creates a pool.</summary>
    /// <param name="capacityBytes">What a pipe should hold; the kernel may grant less.</param>
    public SplicePipePool(int capacityBytes) => _capacity = capacityBytes;

    /// <summary>Pipes that are rented and not yet returned.</summary>
    public int Rented { get; private set; }

    /// <summary>Takes an empty pipe, or null where the process has no descriptor left for one.</summary>
    public SplicePipe? TryRent()
    {
        if (!_free.TryPop(out SplicePipe? pipe))
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
        if (_disposed || pipe.Count > 0 || _free.Count >= KeptPipes)
        {
            pipe.Close();
        }
        else
        {
            _free.Push(pipe);
        }
    }

    /// <summary>Closes the pipes that are not rented.</summary>
    public void Dispose()
    {
        _disposed = true;
        while (_free.TryPop(out SplicePipe? pipe))
        {
            pipe.Close();
        }
    }
}
