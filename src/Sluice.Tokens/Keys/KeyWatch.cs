using Microsoft.Extensions.Logging;
using Sluice.Transport.Files;

namespace Sluice.Tokens.Keys;

/// <summary>Watches a key file, and says when it holds other keys. One that cannot be used is told once, and the keys before it stay.</summary>
/// <remarks>
/// The file is small, so that it is read and compared: that misses nothing, neither a link that is swapped nor a change within the
/// resolution of its time.
/// </remarks>
internal sealed class KeyWatch : IDisposable
{
    private readonly string _path;
    private readonly IReadOnlyList<string> _algorithms;
    private readonly Action<TokenKeySet> _changed;
    private readonly ILogger _logger;
    private readonly SettledWatch<Seen> _watch;

    public KeyWatch(KeyFile read, IReadOnlyList<string> algorithms, Action<TokenKeySet> changed, TimeProvider time, ILogger logger)
    {
        _path = read.Path;
        _algorithms = algorithms;
        _changed = changed;
        _logger = logger;
        _watch = new SettledWatch<Seen>(new Seen(read, null), Look, (one, other) => one.Bytes.SequenceEqual(other.Bytes), Use, time);
    }

    /// <inheritdoc/>
    public void Dispose() => _watch.Dispose();

    private Seen Look()
    {
        try
        {
            return new Seen(KeyFile.Read(_path), null);
        }
        catch (TokenKeyException problem)
        {
            return new Seen(null, problem);
        }
    }

    private void Use(Seen seen)
    {
        try
        {
            TokenKeySet keys = TokenKeys.Load(seen.File ?? throw seen.Problem!, _algorithms);
            _changed(keys);
            KeyLog.Renewed(_logger, _path, keys.Description);
        }
        catch (TokenKeyException failure)
        {
            KeyLog.NotRenewed(_logger, _path, failure.Problem);
        }
#pragma warning disable CA1031 // A timer's fault would end the process; the keys in use are still good.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            KeyLog.NotRenewed(_logger, _path, failure.GetType().Name);
        }
    }

    /// <summary>What a look found: the file, or why it cannot be read, which counts as no bytes.</summary>
    private readonly record struct Seen(KeyFile? File, TokenKeyException? Problem)
    {
        public ReadOnlySpan<byte> Bytes => File is null ? default : File.Bytes;
    }
}
