using Sluice.Daemon.Configuration;

namespace Sluice.Daemon.Admin;

/// <summary>
/// <c>/healthz</c>: whether a restart would help, which it does if an event loop is stuck. Nothing else counts: a gateway that waits for a
/// registry must not be restarted.
/// </summary>
internal sealed class HealthRoute(Readiness readiness) : IAdminRoute
{
    private const int MaxNames = 400;

    public string Path => "/healthz";

    public bool IsOpen => true;

    public ValueTask<AdminAnswer> AnswerAsync(bool isTrusted)
    {
        IReadOnlyList<string> stuck = readiness.StuckLoops;
        return new(stuck.Count == 0
            ? AdminAnswer.Text(200, "ok")
            : AdminAnswer.Text(503, "stuck", $"event loops that do not turn: {Quoted.Plain(string.Join(", ", stuck), MaxNames)}"));
    }
}
