namespace Sluice.Daemon.Admin;

/// <summary><c>/healthz</c>: the process lives. Whoever restarts what does not answer must not restart what waits for a registry, so nothing else is asked.</summary>
internal sealed class HealthRoute : IAdminRoute
{
    public string Path => "/healthz";

    public bool IsOpen => true;

    public ValueTask<AdminAnswer> AnswerAsync(bool isTrusted) => new(AdminAnswer.Text(200, "ok"));
}
