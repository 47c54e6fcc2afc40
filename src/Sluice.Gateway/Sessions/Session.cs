using Sluice.Gateway.Dialing;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Logging;
using Sluice.Gateway.Relaying;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Sessions;

/// <summary>One client's way through the gateway, on one loop:</summary>
/// <remarks>
/// <list type="number">
/// <item>greet: the client names its backend, within the connect timeout;</item>
/// <item>resolve: the strategy turns the key into backends;</item>
/// <item>dial: the first backend that the policy allows and that answers;</item>
/// <item>welcome: the client is told so, before any byte of the backend;</item>
/// <item>relay: bytes go both ways, untouched, until both sides are done;</item>
/// <item>report: one line says who ended it and why.</item>
/// </list>
/// Who the client is stands in <c>Session.Client.cs</c>, the way to its backend in <c>Session.Backend.cs</c>.
/// </remarks>
internal sealed partial class Session
{
    private readonly LoopSessions _sessions;
    private readonly Gate _gate;
    private readonly long _started;
    private Connection _client;
    private IGreeting? _greeting;
    private Connection? _backend;
    private Relay? _relay;
    private string _key = "";
    private EndReason _stoppedFor;
    private bool _isStopped;

    /// <param name="sessions">The sessions of its loop.</param>
    /// <param name="id">Its number.</param>
    /// <param name="gate">Where the client came in.</param>
    /// <param name="accepted">The client's connection as it was accepted.</param>
    /// <param name="isCounted">Whether it counts against the limits already.</param>
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

    /// <summary>True while it counts against the limits of its client.</summary>
    public bool IsCounted { get; private set; }

    /// <summary>The list that it is in, and its neighbours there; for <see cref="SessionList"/> alone.</summary>
    public SessionList? List { get; set; }

    public Session? Previous { get; set; }

    public Session? Next { get; set; }

    public NetworkAddress BackendAddress => _backend?.RemoteAddress ?? default;

    /// <summary>Why it was ended from outside, if it was.</summary>
    private EndReason? Stopped => _isStopped ? _stoppedFor : null;

    /// <summary>True once a backend was dialled and the client welcomed.</summary>
    public bool HadBackend => _relay is not null;

    public long AgeMs => _sessions.Loop.Now - _started;

    public long BytesFromClient => _relay?.BytesFromClient ?? 0;

    public long BytesFromBackend => _relay?.BytesFromBackend ?? 0;

    public string KeyForLog => _key.Length > 0 && _sessions.Resolver.KeysAreSecret ? "(secret)" : LogText.Escape(_key);

    /// <summary>Begins the session, which then runs to its end by itself. It never throws: a fault ends this session and is logged.</summary>
    /// <param name="greeting">How the client is greeted.</param>
    public void Begin(IGreeting greeting)
    {
        _greeting = greeting;
        _ = GreetAsync();
    }

    /// <summary>Waits for the key. Apart from the rest, so that a client that names none holds no more than it takes to wait for one.</summary>
    private async Task GreetAsync()
    {
        try
        {
            GreetingResult greeted = await _greeting!.ReadKeyAsync();
            _sessions.HandshakeEnded(this);
            _client = _greeting.Client;
            _ = ServeAsync(greeted);
        }
#pragma warning disable CA1031 // Whatever it is, it ends this session and no other.
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
            _relay = _sessions.CreateRelay(_gate, _client, _backend);
            ReadOnlySpan<byte> afterKey = _greeting.BytesAfterKey;
            _greeting = null;
            EndReason ended = await _relay.RunAsync(afterKey);
            _sessions.Dialer.Ended(_backend, ended);
            Report(Stopped ?? ended);
        }
#pragma warning disable CA1031 // As above.
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

    private void Fault(Exception fault)
    {
        _sessions.Report.Faulted(this, fault);
        Stop(EndReason.Shutdown);
        _client.Abort();
    }

    /// <summary>Ends the session from outside, in whichever phase it is: a limit, an operator, the end of the gateway.</summary>
    /// <param name="reason">What is reported, and the client told.</param>
    /// <param name="mayRead">True where a client that has just come may be heard out for a moment, so that it can be told.</param>
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

    /// <summary>True for a client that left before it named a backend, as load balancers do to see that the port is open.</summary>
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
