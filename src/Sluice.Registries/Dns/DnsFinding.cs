using System.Net;
using DnsClient;

namespace Sluice.Registries.Dns;

/// <summary>The questions about one node, some still open: one for IPv4 and one for IPv6 for each of its names.</summary>
internal sealed class DnsFinding
{
    /// <summary>The Resolution Delay of RFC 8305, section 3: how long to wait for the other family once one has answered.</summary>
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

    /// <summary>Creates an answer without addresses: the name does not exist, or no server could answer.</summary>
    public DnsFinding(DnsAnswer answer)
        : this([], TimeSpan.MaxValue, answer)
    {
    }

    /// <summary>Creates a finding from open questions. None of them may throw.</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="mostTimeToLive">How long the record that named their targets may be used.</param>
    public DnsFinding(IEnumerable<Question> questions, TimeSpan mostTimeToLive)
        : this([.. questions], mostTimeToLive, null)
    {
    }

    /// <summary>Completes when every question is answered or has failed.</summary>
    public Task Whole => _whole;

    /// <summary>
    /// Waits until every name has addresses or can have none, and then at most <see cref="ResolutionDelay"/> for the open questions.
    /// </summary>
    public async Task SoonAsync(TimeProvider time, CancellationToken cancellation)
    {
        var targets = _questions.GroupBy(question => question.Target, StringComparer.OrdinalIgnoreCase);
        await Task.WhenAll(targets.Select(target => FoundAsync([.. target.Select(question => question.Asked)]))).ConfigureAwait(false);
        if (!_whole.IsCompleted)
        {
            await _whole.WaitAsync(ResolutionDelay, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Returns what is known now. A question that is open or failed keeps its previous addresses.</summary>
    /// <param name="before">The previous answer; null = none.</param>
    /// <param name="now">The time of the resolver.</param>
    /// <param name="usableFor">Returns how long an answer may be used in all, by its time to live.</param>
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
            return DnsAnswer.Failed(_questions.Select(ProblemOf).FirstOrDefault(problem => problem.Length > 0) ?? "");
        }

        DnsPart[] parts = [.. answered, .. _questions.Where(IsOpen).Select(question => question.From(before, now)).OfType<DnsPart>()];
        DnsPart[] found = [.. parts.Where(part => part.Outcome == DnsOutcome.Found)];
        if (found.Length > 0)
        {
            TimeSpan timeToLive = answered
                .Where(part => part.Outcome == DnsOutcome.Found)
                .Select(part => part.TimeToLive)
                .DefaultIfEmpty(TimeSpan.Zero)
                .Min();
            NodeAddress[] addresses = [.. found.SelectMany(part => part.Addresses)];
            return new DnsAnswer(DnsOutcome.Found, addresses, Least(timeToLive, _mostTimeToLive)) { Parts = found };
        }

        // An unanswered question may be the one with addresses.
        return Array.Find(_questions, IsOpen) is { } open
            ? DnsAnswer.Failed(ProblemOf(open))
            : DnsAnswer.NotFound;
    }

    private static string ProblemOf(Question question) => question.Asked.IsCompleted ? question.Asked.Result.Problem : "";

    private static bool IsOpen(Question question) => !question.Asked.IsCompleted || question.Asked.Result.Outcome == DnsOutcome.Failed;

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>Completes when one question found addresses, or all are answered.</summary>
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
    /// <param name="Address">Port, priority and weight of the addresses. Its IP address is ignored.</param>
    /// <param name="Asked">The answer, which is never an exception.</param>
    public sealed record Question(string Target, QueryType Type, NodeAddress Address, Task<DnsPart> Asked)
    {
        /// <summary>Returns the addresses known before, with the current port, priority and weight.</summary>
        public DnsPart? From(DnsAnswer? before, TimeSpan now)
        {
            DnsPart? known = before?.Parts.FirstOrDefault(part =>
                part.Type == Type && now < part.UsableUntil && string.Equals(part.Name, Target, StringComparison.OrdinalIgnoreCase));
            return known is null ? null : known with
            {
                Addresses =
                [
                    .. known.Addresses.Select(
                        address => Address with { EndPoint = new IPEndPoint(address.EndPoint.Address, Address.EndPoint.Port) }),
                ],
            };
        }
    }
}
