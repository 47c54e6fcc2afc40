using Sluice.Transport.Loop;

namespace Sluice.Conformance;

/// <summary>One way to carry bytes. Every scenario runs over all of them.</summary>
/// <param name="Poller">How loops wait.</param>
/// <param name="ZeroCopy">Whether bytes are spliced, where both sides are plain TCP.</param>
/// <param name="Tls">Whether clients speak TLS.</param>
public sealed record Engine(PollerKind Poller, bool ZeroCopy, bool Tls = false)
{
    /// <summary>{epoll, poll} × {copy, splice}, and TLS with zero_copy set, which must not be; what this system lacks is left out.</summary>
    public static TheoryData<Engine> All
    {
        get
        {
            var engines = new TheoryData<Engine> { new Engine(PollerKind.Poll, ZeroCopy: false), new Engine(PollerKind.Poll, ZeroCopy: false, Tls: true) };
            if (OperatingSystem.IsLinux())
            {
                engines.Add(new Engine(PollerKind.Poll, ZeroCopy: true));
                engines.Add(new Engine(PollerKind.Epoll, ZeroCopy: false));
                engines.Add(new Engine(PollerKind.Epoll, ZeroCopy: true));
                engines.Add(new Engine(PollerKind.Epoll, ZeroCopy: true, Tls: true));
            }

            return engines;
        }
    }

    /// <summary>
    /// Those without TLS: for refusals that come before a client had time for a handshake, which end a TLS connection without a word, and for
    /// scenarios that move the clock while the key is on its way.
    /// </summary>
    public static TheoryData<Engine> WithoutTls => [.. All.Where(row => !row.Data.Tls)];

    public override string ToString() => $"{Poller.ToString().ToLowerInvariant()}-{(ZeroCopy ? "splice" : "copy")}{(Tls ? "-tls" : "")}";
}
