using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Registries.Dns;

/// <summary>The strategy <c>dns</c>: the route key is a name below one domain, and name servers know its addresses.</summary>
/// <remarks>
/// DNS has no watch: a change is seen when the TTL of the previous answer has expired. While no server answers, known names still route,
/// after a wait of at most <see cref="StaleWait"/>. Unknown ones are <c>unreachable</c>, because they may exist. A client waits only 50 ms
/// for the second of IPv4 and IPv6 (RFC 8305); later clients also get what arrives after that.
/// </remarks>
#pragma warning disable CA1001 // A cancellation source without a timer or handle needs no disposal, and lookups may outlive the gateway.
public sealed class DnsResolver : IBackendResolver
#pragma warning restore CA1001
{
    /// <summary>Name of the strategy.</summary>
    public const string StrategyName = "dns";

    /// <summary>
    /// The client response timer of RFC 8767, section 5: after this time, an open question is answered with the previous addresses.
    /// </summary>
    private static readonly TimeSpan StaleWait = TimeSpan.FromSeconds(1.8);

    private readonly DnsOptions _options;
    private readonly RegistryOptions _registry;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly DnsLookup _lookup;
    private readonly Lock _gate = new();

    /// <summary>Existing names have a cache of their own, so that a flood of invented ones cannot evict them.</summary>
    private readonly NameCache _found;
    private readonly NameCache _missing;
    private readonly Dictionary<string, (Task<KnownName> Task, TimeSpan Since)> _asking = new(StringComparer.Ordinal);
    private CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _trouble = new(1, 1);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _problem = "no name server has been asked yet";
    private bool _logged;
    private Task _probing = Task.CompletedTask;

    /// <summary>Creates the strategy. The gateway starts and stops it.</summary>
    /// <exception cref="ArgumentException">The suffix or the service is not a DNS name.</exception>
    public DnsResolver(DnsOptions options, RegistryOptions registry, ILogger logger, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(registry);
        if (!IsSuffix(options.Suffix) || !IsService(options.Service))
        {
            throw new ArgumentException("the suffix or the service is not a DNS name", nameof(options));
        }

        _options = options;
        _registry = registry;
        _logger = logger;
        _time = timeProvider ?? TimeProvider.System;
        _lookup = new DnsLookup(options);
        _found = new NameCache(options.MaxNames);
        _missing = new NameCache(options.MaxNames);
    }

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public string? Problem => _problem is { } problem ? $"{StrategyName}: {problem}" : null;

    /// <inheritdoc/>
    public bool CanRoute => _answered.Task.IsCompleted;

    /// <summary>Returns whether this is a name, without a dot at its end, that is short enough for names below it.</summary>
    public static bool IsSuffix(string? text) => text is { Length: <= 200 } && IsName(text);

    /// <summary>Returns whether this can precede a node's name.</summary>
    public static bool IsService(string? text) => text is "" or { Length: <= 50 } && (text.Length == 0 || IsName(text + ".a"));

    /// <inheritdoc/>
    public async ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation)
    {
        if (!TryQualify(request.Key, out string? name))
        {
            return Resolution.BadKey;
        }

        KnownName? kept;
        (Task<KnownName> Task, TimeSpan Since) asking;
        lock (_gate)
        {
            bool known = _found.TryGet(name, out kept) || _missing.TryGet(name, out kept);
            if (known && Now < kept!.FreshUntil)
            {
                return ResolutionOf(request.Key, name, kept.Answer);
            }

            if (!_asking.TryGetValue(name, out asking))
            {
                if (_asking.Count >= _options.MaxQueries)
                {
                    return known && Now < kept!.StaleUntil ? ResolutionOf(request.Key, name, kept.Answer) : Resolution.Busy;
                }

                // Not on the loop of the first client, because other loops wait for it too.
                asking = StartAsking(name);
            }
        }

        if (kept is { Answer.Outcome: DnsOutcome.Found } && Now < kept.StaleUntil && !asking.Task.IsCompleted)
        {
            await WaitAsync(asking.Task, asking.Since + StaleWait - Now, cancellation).ConfigureAwait(true);
            if (!asking.Task.IsCompleted)
            {
                return ResolutionOf(request.Key, name, kept.Answer);
            }
        }

        KnownName found = await asking.Task.WaitAsync(cancellation).ConfigureAwait(true);
        return ResolutionOf(request.Key, name, found.Answer);
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellation)
    {
        if (_stop.IsCancellationRequested)
        {
            // It was stopped, and another gateway starts it.
            _stop = new CancellationTokenSource();
            if (_trouble.CurrentCount == 0)
            {
                _trouble.Release();
            }
        }

        _probing = Task.Run(ProbeAsync, CancellationToken.None);
        if (!_registry.Required)
        {
            return;
        }

        try
        {
            await _answered.Task.WaitAsync(_registry.StartTimeout, _time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException failure)
        {
            throw new NodeSourceException(
                $"no name server answered for {_options.Suffix} within {_registry.StartTimeout.TotalSeconds:0.###} s: {_problem}",
                failure);
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _probing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private TimeSpan Now => _time.GetElapsedTime(0, _time.GetTimestamp());

    /// <summary>Converts a route key to a name below the suffix. Whatever the key is, the name ends in the suffix.</summary>
    private bool TryQualify(string key, [NotNullWhen(true)] out string? name)
    {
        bool hasSuffix = key.EndsWith("." + _options.Suffix, StringComparison.OrdinalIgnoreCase);
        name = key.Length > 253 ? null : hasSuffix ? key : $"{key}.{_options.Suffix}";
        if (name is null || !IsName(name) || name.Length + _options.Service.Length > 252)
        {
            return false;
        }

        name = name.ToLowerInvariant();
        return true;
    }

    /// <summary>
    /// Returns whether a text is a DNS name: labels of letters, digits, hyphens and underscores, none empty, without a dot at the end.
    /// </summary>
    private static bool IsName(string text) =>
        !text.EndsWith('.') && Backend.TryParse(text, 1, default, out Backend? backend) && backend.Name is not null;

    private static Resolution ResolutionOf(string key, string name, DnsAnswer answer) => answer.Outcome switch
    {
        DnsOutcome.Found => Resolution.To(AddressOrder.For(key, answer.Addresses)) with { NodeName = name },
        DnsOutcome.NotFound => Resolution.NotFound,
        _ => Resolution.Unreachable,
    };

    /// <summary>Waits for a task up to a time limit. Throws if cancelled.</summary>
    private async Task WaitAsync(Task task, TimeSpan most, CancellationToken cancellation)
    {
        if (most > TimeSpan.Zero)
        {
            await task.WaitAsync(most, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private (Task<KnownName> Task, TimeSpan Since) StartAsking(string name)
    {
        var soon = new TaskCompletionSource<KnownName>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asking.Add(name, (soon.Task, Now));
        _ = Task.Run(() => AskAsync(name, soon), CancellationToken.None);
        return (soon.Task, Now);
    }

    /// <summary>
    /// Asks for a name, returns what arrives soon, and keeps what arrives later. Until then the name counts as being asked for.
    /// </summary>
    private async Task AskAsync(string name, TaskCompletionSource<KnownName> soon)
    {
        try
        {
            DnsFinding finding = await _lookup.FindAsync(name, _stop.Token).ConfigureAwait(false);
            await finding.SoonAsync(_time, _stop.Token).ConfigureAwait(false);
            TimeSpan answeredAt = Now;
            bool isWhole = finding.Whole.IsCompleted;
            soon.TrySetResult(Keep(name, finding, answeredAt));
            if (!isWhole)
            {
                await finding.Whole.ConfigureAwait(false);
                Keep(name, finding, answeredAt);
            }
        }
#pragma warning disable CA1031 // Whatever fails, clients wait for an answer.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            soon.TrySetResult(
                Keep(name, new DnsFinding(DnsAnswer.Failed(_stop.IsCancellationRequested ? "stopped" : failure.Message)), Now));
        }
        finally
        {
            lock (_gate)
            {
                _asking.Remove(name);
            }
        }
    }

    private KnownName Keep(string name, DnsFinding finding, TimeSpan now)
    {
        lock (_gate)
        {
            DnsAnswer? before = _found.TryGet(name, out KnownName? known) && now < known.StaleUntil ? known.Answer : null;
            DnsAnswer answer = finding.Answer(before, now, timeToLive => Clamp(timeToLive) + _options.StaleFor);
            if (answer.Outcome == DnsOutcome.Failed && _trouble.CurrentCount == 0)
            {
                // A single name may fail alone, and a client chose it. A question for the suffix shows whether the servers are lost.
                _trouble.Release();
            }

            return Keep(name, answer, now);
        }
    }

    private TimeSpan Clamp(TimeSpan timeToLive) => TimeSpan.FromSeconds(
        Math.Clamp(timeToLive.TotalSeconds, _options.LeastTimeToLive.TotalSeconds, _options.MostTimeToLive.TotalSeconds));

    private KnownName Keep(string name, DnsAnswer answer, TimeSpan now)
    {
        TimeSpan soon = now + _options.NegativeTimeToLive;
        if (answer.Outcome == DnsOutcome.Found)
        {
            var known = new KnownName(answer, now + Clamp(answer.TimeToLive), answer.Parts.Max(part => part.UsableUntil));
            _missing.Remove(name);
            _found.Set(name, known);
            return known;
        }

        if (answer.Outcome == DnsOutcome.Failed && _found.TryGet(name, out KnownName? stale) && now < stale.StaleUntil)
        {
            // Not every client has to wait until a silent server times out.
            stale = stale with { FreshUntil = soon };
            _found.Set(name, stale);
            return stale;
        }

        var missing = new KnownName(answer, soon, soon);
        _found.Remove(name);
        _missing.Set(name, missing);
        return missing;
    }

    /// <summary>
    /// Asks at the start, and whenever a name failed, until there is an answer: no clients are sent to a gateway that is not ready, so none
    /// would ask.
    /// </summary>
    private async Task ProbeAsync()
    {
        while (true)
        {
            await _trouble.WaitAsync(_stop.Token).ConfigureAwait(false);
            TimeSpan pause = _registry.FirstPause;
            do
            {
                SetProblem(await _lookup.ProblemAsync(_stop.Token).ConfigureAwait(false));
                await Task.Delay(pause * (0.5 + (Random.Shared.NextDouble() / 2)), _time, _stop.Token).ConfigureAwait(false);
                pause = pause * 2 < _registry.LongestPause ? pause * 2 : _registry.LongestPause;
            }
            while (_problem is not null);
        }
    }

    private void SetProblem(string? problem)
    {
        bool first = !_logged;
        string? before = _problem;
        _problem = problem;
        _logged = true;
        if (problem is not null && (first || before is null))
        {
            DnsLog.Away(_logger, problem);
        }
        else if (problem is null && before is not null)
        {
            DnsLog.Answers(_logger, _options.Suffix);
            _answered.TrySetResult();
        }
    }
}
