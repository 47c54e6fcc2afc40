using Sluice.Transport.Loop;

namespace Sluice.Conformance;

/// <summary>One way to carry bytes. Every scenario runs over all of them.</summary>
public sealed record Engine(PollerKind Poller, bool ZeroCopy)
{
    /// <summary>{epoll, poll} × {copy, splice}; what this system lacks is left out.</summary>
    public static TheoryData<Engine> All
    {
        get
        {
            var engines = new TheoryData<Engine> { new Engine(PollerKind.Poll, ZeroCopy: false) };
            if (OperatingSystem.IsLinux())
            {
                engines.Add(new Engine(PollerKind.Poll, ZeroCopy: true));
                engines.Add(new Engine(PollerKind.Epoll, ZeroCopy: false));
                engines.Add(new Engine(PollerKind.Epoll, ZeroCopy: true));
            }

            return engines;
        }
    }

    public override string ToString() => $"{Poller.ToString().ToLowerInvariant()}-{(ZeroCopy ? "splice" : "copy")}";
}
