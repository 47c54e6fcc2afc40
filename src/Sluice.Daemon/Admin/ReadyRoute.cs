using Sluice.Daemon.Configuration;

namespace Sluice.Daemon.Admin;

/// <summary><c>/readyz</c>: whether this gateway should get new clients and, in a second line, what is wrong.</summary>
internal sealed class ReadyRoute(Readiness readiness) : IAdminRoute
{
    private const int MaxProblem = 1000;

    public string Path => "/readyz";

    public bool IsOpen => true;

    public ValueTask<AdminAnswer> AnswerAsync(bool isTrusted)
    {
        ReadyState state = readiness.State;
        string[] details = isTrusted && readiness.Problem is { } problem ? [Quoted.Plain(problem, MaxProblem)] : [];
        return new(AdminAnswer.Text(state == ReadyState.Ready ? 200 : 503, [Word(state), .. details]));
    }

    private static string Word(ReadyState state) => state switch
    {
        ReadyState.Ready => "ready",
        ReadyState.Draining => "draining",
        ReadyState.Busy => "busy",
        _ => "starting",
    };
}
