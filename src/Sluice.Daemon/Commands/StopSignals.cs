using System.Runtime.InteropServices;

namespace Sluice.Daemon.Commands;

/// <summary>SIGTERM and SIGINT: the first one asks for an orderly end, the second one ends the program at once.</summary>
internal sealed class StopSignals : IDisposable
{
    /// <summary>Shells report this plus the signal's number.</summary>
    private const int SignalExitBase = 128;

    private readonly PosixSignalRegistration[] _registrations;

#pragma warning disable CA2213 // It has nothing to dispose, and a handler may still run meanwhile.
    private readonly CancellationTokenSource _asked = new();
#pragma warning restore CA2213
    private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Handles the signals from now on.</summary>
    public StopSignals()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Received(context, "SIGTERM", 15)),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Received(context, "SIGINT", 2)),
        ];
    }

    /// <summary>Completes with the name of the first signal.</summary>
    public Task<string> First => _first.Task;

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Asked => _asked.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void Received(PosixSignalContext context, string name, int number)
    {
        context.Cancel = true;
        if (!_first.TrySetResult(name))
        {
            Environment.Exit(SignalExitBase + number);
        }

        _ = _asked.CancelAsync();
    }
}
