using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Sluice.Daemon.Logging;

namespace Sluice.Daemon.Admin;

/// <summary>Answers the requests that Kestrel reads: finds the route, checks the token, writes the answer.</summary>
/// <param name="routes">The paths.</param>
/// <param name="check">Answers <c>OPTIONS /</c>, the default request of HAProxy's <c>option httpchk</c>.</param>
/// <param name="token">The secret; null = no token is needed.</param>
/// <param name="connections">Knows which connections have a request in progress.</param>
/// <param name="logger">Gets faults.</param>
internal sealed class AdminApplication(
    IReadOnlyList<IAdminRoute> routes, IAdminRoute check, AccessToken? token, AdminConnections connections, ILogger logger)
    : IHttpApplication<HttpContext>
{
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        using AdminConnections.Request progress = connections.Begin(context.Features);
        AdminAnswer answer;
        try
        {
            answer = await AnswerAsync(context);
        }
#pragma warning disable CA1031 // A strategy of others may throw anything. The endpoint goes on.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            DaemonLog.AdminFaulted(logger, fault);
            answer = AdminAnswer.Text(500, "this could not be answered; the log says why");
        }

        HttpResponse response = context.Response;
        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        response.ContentLength = answer.Body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (answer.Header is var (name, value))
        {
            response.Headers[name] = value;
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(answer.Body);
        }
    }

    private async ValueTask<AdminAnswer> AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        bool isCheck = HttpMethods.IsOptions(request.Method) && (request.Path.Value is "/" or "" or null);
        IAdminRoute? route = isCheck
            ? check
            : routes.FirstOrDefault(route => string.Equals(route.Path, request.Path.Value, StringComparison.Ordinal));
        if (route is null)
        {
            return AdminAnswer.Text(404, $"there is no such path; there is {string.Join(", ", routes.Select(known => known.Path))}");
        }

        if (!isCheck && !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return AdminAnswer.Text(405, "only GET and HEAD are answered") with { Header = ("Allow", "GET, HEAD") };
        }

        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            return AdminAnswer.Text(413, "no body is read") with { Header = ("Connection", "close") };
        }

        if (token is null && !NamesNoOther(request))
        {
            return AdminAnswer.Text(403, "without an [admin] token this is only answered under localhost or an address");
        }

        bool isTrusted = token is null || token.IsIn(request.Headers.Authorization);
        return isTrusted || route.IsOpen
            ? await route.AnswerAsync(isTrusted)
            : AdminAnswer.Text(401, "send the [admin] token, as Authorization: Bearer TOKEN") with
            {
                Header = ("WWW-Authenticate", "Bearer realm=\"sluice\""),
            };
    }

    /// <summary>
    /// Rejects DNS rebinding: a web page whose host name resolves to this machine must not read the endpoint through a local browser.
    /// Browsers always send a Host; the stock health checks of load balancers, HTTP/1.0, do not.
    /// </summary>
    private static bool NamesNoOther(HttpRequest request) =>
        (HttpProtocol.IsHttp10(request.Protocol) && request.Headers.Host.Count == 0)
        || string.Equals(request.Host.Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(request.Host.Host, out _);
}
