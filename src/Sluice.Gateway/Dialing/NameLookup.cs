using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Telemetry;

namespace Sluice.Gateway.Dialing;

/// <summary>Looks names up off the loops and off the threads of the process, within a time, only so many at once, and only so many in line.</summary>
internal sealed class NameLookup(GatewayOptions options, ILogger logger)
{
    private readonly NameThreads _threads = new();

    /// <summary>The addresses of a name; none where it has none, or they were not found in time; null where too many names are being asked for.</summary>
    public async ValueTask<IPAddress[]?> LookUpAsync(string name, TimeSpan timeout, CancellationToken cancellation)
    {
        var question = new NameQuestion(name, options.LookUpName);
        if (!_threads.TryEnqueue(question))
        {
            GatewayLog.LookUpFailed(logger, KeyText.Escape(name), "too many names are being looked up");
            return null;
        }

        try
        {
            return await question.Answer.WaitAsync(timeout, options.TimeProvider, cancellation);
        }
        catch (Exception failure) when (failure is SocketException or TimeoutException or OperationCanceledException or ArgumentException)
        {
            _threads.GiveUp(question);
            GatewayLog.LookUpFailed(logger, KeyText.Escape(name), KeyText.Escape(failure.Message));
            return [];
        }
    }
}
