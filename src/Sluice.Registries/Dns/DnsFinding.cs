using System.Net;
using DnsClient;

namespace Sluice.Registries.Dns;

/// <summary>The questions about one node, some of them still open: one for IPv4 and one for IPv6 for every name that it has.</summary>
internal sealed class DnsFinding
{
    /// <summary>The Resolution Delay of RFC 8305, section 3: time that the other family gets once one has answered.</summary>
    public static readonly TimeSpan ResolutionDelay = TimeSpan.FromMilliseconds(50);

    private readonly Question[] _questions;
    private readonly TimeSpan _mostTimeToLive;
    private readonly DnsAnswer? _answer;
    private readonly Task _whole;

    private DnsFinding(Question[] questions, TimeSpan mostTimeToLive, DnsAnswer? answer)
    {
        _questions = questions;
        _mostTimeToLive = mostTimeToLive;
        _answer = answer;
        _whole = Task.WhenAll(questions.Select(question => question.Asked));
    }

    /// <summary>An answer that needs no addresses: the name does not exist, or nobody could say.</summary>
    public DnsFinding(DnsAnswer answer)
        : this([], TimeSpan.MaxValue, answer)
    {
    }

    /// <summary>Questions that were asked. None of them may throw.</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="mostTimeToLive">How long the record that led to them may be used.</param>
    public DnsFinding(IEnumerable<Question> questions, TimeSpan mostTimeToLive)
        : this([.. questions], mostTimeToLive, null)
    {
    }

    /// <summary>Ends when every question is answered or has failed.</summary>
    public Task Whole => _whole;

    /// <summary>Waits until every name has addresses or none to expect, and then at most <see cref="ResolutionDelay"/> for what is still open.</summary>
    public async Task SoonAsync(TimeProvider time, CancellationToken cancellation)
    {
        await Task.WhenAll(_questions.GroupBy(question => question.Target, StringComparer.OrdinalIgnoreCase).Select(target => FoundAsync([.. target.Select(question => question.Asked)])))
            .ConfigureAwait(false);
        if (!_whole.IsCompleted)
        {
            await _whole.WaitAsync(ResolutionDelay, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Returns what is known now. A question that is open or failed keeps its previous addresses.</summary>
    /// <param name="before">What was known before; null = nothing.</param>
    /// <param name="now">The time of the resolver.</param>
    /// <param name="usableFor">From the time to live of an answer, how long it may be used in all.</param>
    public DnsAnswer Answer(DnsAnswer? before, TimeSpan now, Func<TimeSpan, TimeSpan> usableFor)
    {
        if (_answer is not null)
        {
            return _answer;
        }

        DnsPart[] answered =
        [
            .. _questions.Where(question => question.Asked.IsCompleted)
                .Select(question => question.Asked.Result)
                .Where(part => part.Outcome != DnsOutcome.Failed)
                .Select(part => part with { UsableUntil = now + usableFor(Least(part.TimeToLive, _mostTimeToLive)) }),
        ];
        if (answered.Length == 0)
        {
            return DnsAnswer.Failed(_questions.Select(question => question.Asked.IsCompleted ? question.Asked.Result.Problem : "").FirstOrDefault(problem => problem.Length > 0) ?? "");
        }

        DnsPart[] parts = [.. answered, .. _questions.Where(IsOpen).Select(question => question.From(before, now)).OfType<DnsPart>()];
        DnsPart[] found = [.. parts.Where(part => part.Outcome == DnsOutcome.Found)];
        if (found.Length > 0)
        {
            TimeSpan timeToLive = answered.Where(part => part.Outcome == DnsOutcome.Found).Select(part => part.TimeToLive).DefaultIfEmpty(TimeSpan.Zero).Min();
            return new DnsAnswer(DnsOutcome.Found, [.. found.SelectMany(part => part.Addresses)], Least(timeToLive, _mostTimeToLive)) { Parts = found };
        }

        // A question that was not answered may have had the addresses.
        return Array.Find(_questions, IsOpen) is { } open
            ? DnsAnswer.Failed(open.Asked.IsCompleted ? open.Asked.Result.Problem : "")
            : DnsAnswer.NotFound;
    }

    private static bool IsOpen(Question question) => !question.Asked.IsCompleted || question.Asked.Result.Outcome == DnsOutcome.Failed;

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>Ends when one question found addresses, or all are answered.</summary>
    private static async Task FoundAsync(List<Task<DnsPart>> open)
    {
        while (open.Count > 0)
        {
            Task<DnsPart> first = await Task.WhenAny(open).ConfigureAwait(false);
            if ((await first.ConfigureAwait(false)).Outcome == DnsOutcome.Found)
            {
                return;
            }

            open.Remove(first);
        }
    }

    /// <summary>A question that was asked.</summary>
    /// <param name="Target">The name.</param>
    /// <param name="Type">A or AAAA.</param>
    /// <param name="Address">Port, priority and weight of the addresses; their IP is not looked at.</param>
    /// <param name="Asked">The answer, which is never an exception.</param>
    public sealed record Question(string Target, QueryType Type, NodeAddress Address, Task<DnsPart> Asked)
    {
        /// <summary>The addresses that were known for this question before, with the port, priority and weight of today.</summary>
        public DnsPart? From(DnsAnswer? before, TimeSpan now)
        {
            DnsPart? known = before?.Parts.FirstOrDefault(part =>
                part.Type == Type && now < part.UsableUntil && string.Equals(part.Name, Target, StringComparison.OrdinalIgnoreCase));
            return known is null ? null : known with
            {
                Addresses = [.. known.Addresses.Select(address => Address with { EndPoint = new IPEndPoint(address.EndPoint.Address, Address.EndPoint.Port) })],
            };
        }
    }
}
