using Sluice.Daemon.Admin.Metrics;
using Sluice.Gateway;

namespace Sluice.Daemon.Admin;

/// <summary><c>/metrics</c>: everything that the gateway counts, for Prometheus.</summary>
internal sealed class MetricsRoute : IAdminRoute
{
    private const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public string Path => "/metrics";

    public ValueTask<AdminAnswer> AnswerAsync(bool isTrusted) =>
        new(new AdminAnswer(200, ContentType, PrometheusText.Of(SluiceGateway.MeterName)));
}
