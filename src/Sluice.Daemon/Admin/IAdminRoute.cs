namespace Sluice.Daemon.Admin;

/// <summary>One path of the admin endpoint. To add one: write its class, and a line in <see cref="AdminRoutes"/>.</summary>
internal interface IAdminRoute
{
    /// <summary>The path, exactly as it is asked for.</summary>
    string Path { get; }

    /// <summary>True where it is answered without the token, to those who cannot send one.</summary>
    bool IsOpen => false;

    /// <summary>Answers a GET.</summary>
    /// <param name="isTrusted">True where no token is set, or it was sent: details may be told.</param>
    ValueTask<AdminAnswer> AnswerAsync(bool isTrusted);
}
