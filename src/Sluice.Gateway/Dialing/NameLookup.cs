using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Telemetry;

namespace Sluice.Gateway.Dialing;

/// <summary>Looks names up off the loops, within a time, and only so many at once.</summary>
/// <remarks>
/// The system's resolver blocks a thread for as long as a name server is silent, whatever we gave up meanwhile: without a bound, clients
/// that name slow hosts could take every thread.
/// </remarks>
#pragma warning disable CA1001 // A semaphore whose wait handle is never asked for holds nothing to dispose, and look-ups may outlive the gateway.
internal sealed class NameLookup(GatewayOptions options, ILogger logger)
#pragma warning restore CA1001
{
    private const int MaxAtOnce = 64;

    private readonly SemaphoreSlim _places = new(MaxAtOnce);

    /// <summary>The addresses of a name; none where it has none, or they were not found in time.</summary>
    public async ValueTask<IPAddress[]> LookUpAsync(string name, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            return await LookUpInPlaceAsync(name, cancellation).WaitAsync(timeout, options.TimeProvider, cancellation);
        }
        catch (Exception failure) when (failure is SocketException or TimeoutException or OperationCanceledException or ArgumentException)
        {
            GatewayLog.LookUpFailed(logger, KeyText.Escape(name), KeyText.Escape(failure.Message));
            return [];
        }
    }

    /// <summary>Holds its place until the system has answered, not just until the caller has given up.</summary>
    private async Task<IPAddress[]> LookUpInPlaceAsync(string name, CancellationToken cancellation)
    {
        await _places.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await options.LookUpName(name, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }
}
