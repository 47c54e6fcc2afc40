using Microsoft.Extensions.Logging;

namespace Sluice.Tokens.Keys;

/// <summary>Reads a key file every second, and says when it holds other keys.</summary>
/// <remarks>
/// The file is small, so that it is read and compared: that misses nothing, neither a link that is swapped nor a change within the
/// resolution of its time. It counts once it was the same twice, so that a file that is being written is not read by halves. One that
/// cannot be used is told once, and the keys before it stay.
/// </remarks>
internal sealed class KeyWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly IReadOnlyList<string> _algorithms;
    private readonly Action<TokenKeySet> _changed;
    private readonly ILogger _logger;
    private readonly Lock _looking = new();
    private readonly ITimer _timer;
    private byte[] _used;
    private byte[] _seen;

    public KeyWatch(KeyFile read, IReadOnlyList<string> algorithms, Action<TokenKeySet> changed, TimeProvider time, ILogger logger)
    {
        _path = read.Path;
        _algorithms = algorithms;
        _changed = changed;
        _logger = logger;
        _used = _seen = read.Bytes.ToArray();
        _timer = time.CreateTimer(static self => ((KeyWatch)self!).Look(), this, Interval, Interval);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        // A look that takes longer than the interval is not joined by another.
        if (!_looking.TryEnter())
        {
            return;
        }

        try
        {
            (KeyFile? file, TokenKeyException? problem) = TryRead();
            byte[] now = file?.Bytes.ToArray() ?? [];
            bool settled = now.AsSpan().SequenceEqual(_seen);
            _seen = now;
            if (settled && !now.AsSpan().SequenceEqual(_used))
            {
                _used = now;
                Use(file, problem);
            }
        }
        finally
        {
            _looking.Exit();
        }
    }

    private (KeyFile? File, TokenKeyException? Problem) TryRead()
    {
        try
        {
            return (KeyFile.Read(_path), null);
        }
        catch (TokenKeyException problem)
        {
            return (null, problem);
        }
    }

    private void Use(KeyFile? file, TokenKeyException? problem)
    {
        try
        {
            TokenKeySet keys = TokenKeys.Load(file ?? throw problem!, _algorithms);
            _changed(keys);
            TokenLog.Renewed(_logger, _path, keys.Description);
        }
        catch (TokenKeyException failure)
        {
            TokenLog.NotRenewed(_logger, _path, failure.Problem);
        }
#pragma warning disable CA1031 // A timer's fault would end the process; the keys in use are still good.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            TokenLog.NotRenewed(_logger, _path, failure.GetType().Name);
        }
    }
}
