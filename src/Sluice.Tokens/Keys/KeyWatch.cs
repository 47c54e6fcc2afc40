using Microsoft.Extensions.Logging;
using Sluice.Transport.Files;

namespace Sluice.Tokens.Keys;

/// <summary>
/// Watches a key file and reports new keys. A file that cannot be used is logged once, and the previous keys stay in use.
/// </summary>
/// <remarks>
/// The file is small, so it is read and compared. That misses neither a swapped link nor a change within the resolution of the file's time.
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
#pragma warning disable CA1031 // An exception on a timer would end the process, and the keys in use are still good.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            KeyLog.NotRenewed(_logger, _path, failure.GetType().Name);
        }
    }

    /// <summary>A file as it was read, or why it cannot be read. That counts as no bytes.</summary>
    private readonly record struct Seen(KeyFile? File, TokenKeyException? Problem)
    {
        public ReadOnlySpan<byte> Bytes => File is null ? default : File.Bytes;
    }
}
