namespace Sluice.Daemon.Admin;

/// <summary>One path of the admin endpoint. To add one, write its class and a line in <see cref="AdminRoutes"/>.</summary>
internal interface IAdminRoute
{
    /// <summary>The path of the request, exactly.</summary>
    string Path { get; }

    /// <summary>Whether it is answered without the token, for health checks that cannot send one.</summary>
    bool IsOpen => false;

    /// <summary>Answers a GET.</summary>
    /// <param name="isTrusted">Whether no token is set, or the request has it. Only then may the answer have details.</param>
    ValueTask<AdminAnswer> AnswerAsync(bool isTrusted);
}
