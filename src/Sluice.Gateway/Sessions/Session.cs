using Sluice.Gateway.Dialing;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Logging;
using Sluice.Gateway.Relaying;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Sessions;

/// <summary>One client's way through the gateway, from accept to report, on one loop.</summary>
/// <remarks>
/// <list type="number">
/// <item>Greet: the client sends its key within the connect timeout.</item>
/// <item>Resolve: the strategy turns the key into backends.</item>
/// <item>Dial: the dialer connects the first backend that the policy allows and that answers.</item>
/// <item>Welcome: the client gets the success message, before any byte of the backend.</item>
/// <item>Relay: bytes go both ways, untouched, until both sides are done.</item>
/// <item>Report: one log line says who ended the session and why.</item>
/// </list>
/// <c>Session.Client.cs</c> finds out who the client is, <c>Session.Backend.cs</c> resolves and dials.
/// </remarks>
internal sealed partial class Session
{
    private readonly LoopSessions _sessions;
    private readonly Gate _gate;
    private readonly long _started;

    /// <summary>The accepted connection; after the greeting, the one that the client's protocol is spoken on.</summary>
    private Connection _client;

    /// <summary>Set until the relay takes over.</summary>
    private IGreeting? _greeting;

    private Connection? _backend;
    private Relay? _relay;
    private string _key = "";
    private EndReason _stoppedFor;
    private bool _isStopped;

    /// <param name="sessions">The sessions of its loop.</param>
    /// <param name="id">Its number.</param>
    /// <param name="gate">The gate that accepted the client.</param>
    /// <param name="accepted">The accepted connection.</param>
    /// <param name="isCounted">Whether the client already counts against the limits.</param>
    public Session(LoopSessions sessions, long id, Gate gate, Connection accepted, bool isCounted)
    {
        _sessions = sessions;
        _gate = gate;
        _client = accepted;
        _started = sessions.Loop.Now;
        Id = id;
        IsCounted = isCounted;
    }

    public long Id { get; }

    public Protocol Protocol => _gate.Protocol;

    /// <summary>Whether the client counts against the limits.</summary>
    public bool IsCounted { get; private set; }

    /// <summary>The list that it is in; only for <see cref="SessionList"/>, like its neighbours there.</summary>
    public SessionList? List { get; set; }

    public Session? Previous { get; set; }

    public Session? Next { get; set; }

    public NetworkAddress BackendAddress => _backend?.RemoteAddress ?? default;

    /// <summary>Whether a backend was connected and the client welcomed.</summary>
    public bool HadBackend => _relay is not null;

    public long AgeMs => _sessions.Loop.Now - _started;

    public long BytesFromClient => _relay?.BytesFromClient ?? 0;

    public long BytesFromBackend => _relay?.BytesFromBackend ?? 0;

    public string KeyForLog => _key.Length > 0 && _sessions.Resolver.KeysAreSecret ? "(secret)" : LogText.Escape(_key);

    /// <summary>Why it was stopped from outside; null if it was not.</summary>
    private EndReason? Stopped => _isStopped ? _stoppedFor : null;

    /// <summary>Begins the session, which then runs by itself. Never throws: a fault ends this session and is logged.</summary>
    /// <param name="greeting">The handshake with the client.</param>
    public void Begin(IGreeting greeting)
    {
        _greeting = greeting;
        _ = GreetAsync();
    }

    /// <summary>Waits for the key. A method of its own, so that a client that sends none costs little memory.</summary>
    private async Task GreetAsync()
    {
        try
        {
            GreetingResult greeted = await _greeting!.ReadKeyAsync();
            _sessions.HandshakeEnded(this);
            _client = _greeting.Client;
            _ = ServeAsync(greeted);
        }
#pragma warning disable CA1031 // A fault ends this session and no other.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Fault(fault);
            _sessions.Ended(this);
        }
    }

    private async Task ServeAsync(GreetingResult greeted)
    {
        try
        {
            if (greeted.Key is null)
            {
                await RejectAsync(greeted.Reason);
                return;
            }

            _key = greeted.Key;
            DialResult dialed = await FindBackendAsync();
            if (dialed.Connection is null || _client.IsClosed)
            {
                dialed.Connection?.Abort();
                await RejectAsync(_client.IsClosed ? EndReason.ClientLost : dialed.Reason);
                return;
            }

            _backend = dialed.Connection;
            await _greeting!.WelcomeAsync();
            EndReason ended = await RelayAsync(_backend);
            _sessions.Dialer.Ended(_backend, ended);
            Report(Stopped ?? ended);
        }
#pragma warning disable CA1031 // A fault ends this session and no other.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Fault(fault);
        }
        finally
        {
            _sessions.Ended(this);
        }
    }

    private ValueTask<EndReason> RelayAsync(Connection backend)
    {
        IGreeting greeting = _greeting!;
        _greeting = null;
        _relay = _sessions.CreateRelay(_gate, _client, backend);
        return _relay.RunAsync(greeting.BytesAfterKey);
    }

    private void Fault(Exception fault)
    {
        _sessions.Report.Faulted(this, fault);
        Stop(EndReason.Shutdown);
        _client.Abort();
    }

    /// <summary>Ends the session from outside, in any phase: a limit, an operator, the end of the gateway.</summary>
    /// <param name="reason">The reason to report, and to send to the client.</param>
    /// <param name="mayRead">Whether to wait a moment for the client's request if the reason can only be sent after it.</param>
    public void Stop(EndReason reason, bool mayRead = false)
    {
        if (!_isStopped)
        {
            (_isStopped, _stoppedFor) = (true, reason);
        }

        if (_relay is not null)
        {
            _relay.Stop(reason);
        }
        else
        {
            _greeting?.Stop(reason, mayRead);
            _whileDialing?.Cancel();
        }
    }

    /// <summary>Returns whether the client left before it sent a key, as load balancers do to check that the port is open.</summary>
    public bool IsProbe(EndReason reason) => reason == EndReason.ClientLost && _key.Length == 0;

    private async ValueTask RejectAsync(EndReason reason)
    {
        Report(reason);
        switch (reason)
        {
            case EndReason.ClientLost:
                _client.Close();
                break;
            case EndReason.Shutdown:
                _client.End(ConnectionEnd.Shutdown);
                break;
            case EndReason.Kicked:
                _client.End(ConnectionEnd.Kicked);
                break;
            default:
                await _greeting!.RejectAsync(reason);
                break;
        }
    }

    private void Report(EndReason reason) => _sessions.Report.Ended(this, reason);
}
