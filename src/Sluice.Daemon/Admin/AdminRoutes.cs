namespace Sluice.Daemon.Admin;

/// <summary>The paths of the admin endpoint.</summary>
internal static class AdminRoutes
{
    /// <summary>Returns the routes, in the order of the documentation.</summary>
    public static IReadOnlyList<IAdminRoute> All(Readiness readiness) =>
        [new HealthRoute(readiness), new ReadyRoute(readiness), new MetricsRoute()];
}
