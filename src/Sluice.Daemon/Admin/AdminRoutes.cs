namespace Sluice.Daemon.Admin;

/// <summary>Everything that the admin endpoint answers.</summary>
internal static class AdminRoutes
{
    /// <summary>The routes, in the order of the documentation.</summary>
    public static IReadOnlyList<IAdminRoute> All(Readiness readiness) =>
        [new HealthRoute(readiness), new ReadyRoute(readiness), new MetricsRoute()];
}
