using System.Net.Sockets;
using Sluice.Gateway.Limits;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Greeting;

/// <summary>The handshake of a client that a trusted proxy announces: first the proxy's header, then the client's own handshake.</summary>
/// <remarks>
/// Bytes after the header are passed on in the callback that brought them, so nothing is kept, copied or lost. The connection below is
/// the plain one again: TLS begins with its first byte, and a relay may splice it.
/// </remarks>
internal sealed class ProxyGreeting : IGreeting, IConnectionHandler, ITimerTarget
{
    private readonly Connection _connection;
    private readonly IClientIdentity _identity;
    private readonly Func<long, IGreeting> _begin;
    private readonly long _dueAt;
    private readonly TimerId _deadline;
    private readonly TaskCompletionSource<EndReason?> _headerEnded = new();
    private ProxyHeaderParser _parser;
    private IGreeting? _next;
    private Task<GreetingResult>? _key;
    private bool _ended;

    /// <param name="connection">The accepted connection, without TLS.</param>
    /// <param name="connectTimeoutMs">Time for the header and everything after it up to the key.</param>
    /// <param name="identity">Learns from the header who the client is.</param>
    /// <param name="begin">Creates the greeting that follows the header; it has until that time of the loop.</param>
    public ProxyGreeting(Connection connection, long connectTimeoutMs, IClientIdentity identity, Func<long, IGreeting> begin)
    {
        _connection = connection;
        _identity = identity;
        _begin = begin;
        _dueAt = connection.Loop.Now + connectTimeoutMs;
        _deadline = connection.Loop.Schedule(this, connectTimeoutMs);
        connection.Handler = this;
    }

    public CancellationTokenSource? CancelledWhenLost
    {
        get => _next?.CancelledWhenLost;
        set => _next!.CancelledWhenLost = value;
    }

    public Connection Client => _next?.Client ?? _connection;

    public ReadOnlySpan<byte> BytesAfterKey => _next is null ? default : _next.BytesAfterKey;

    public async ValueTask<GreetingResult> ReadKeyAsync()
    {
        _connection.Resume();
        EndReason? ended = await _headerEnded.Task;
        return ended is { } reason ? new GreetingResult(null, reason) : await _key!;
    }

    public ValueTask WelcomeAsync() => _next!.WelcomeAsync();

    public ValueTask RejectAsync(EndReason reason) => _next?.RejectAsync(reason) ?? ValueTask.CompletedTask;

    public void Stop(EndReason reason, bool mayRead = false)
    {
        if (_next is not null)
        {
            _next.Stop(reason, mayRead);
        }
        else
        {
            Reject(reason, mayRead: false);
        }
    }

    void IConnectionHandler.Received(Span<byte> data)
    {
        switch (_parser.Feed(data, out int consumed, out ProxyHeader header))
        {
            case ProxyHeaderStatus.Complete:
                Complete(header);
                if (_next is not null && !_connection.IsClosed && consumed < data.Length)
                {
                    _connection.Handler.Received(data[consumed..]);
                }

                break;
            case ProxyHeaderStatus.Invalid:
                Reject(EndReason.BadFrame, mayRead: false);
                break;
            default:
                break;
        }
    }

    void IConnectionHandler.Writable()
    {
        // Nothing is written before the header is read.
    }

    void IConnectionHandler.Finished() => End(EndReason.ClientLost);

    void IConnectionHandler.Lost(SocketError error) => End(EndReason.ClientLost);

    void ITimerTarget.TimerDue(int kind) => Reject(EndReason.Timeout, mayRead: false);

    private void Complete(in ProxyHeader header)
    {
        AdmissionDecision decision = _identity.Announced(header);
        if (decision.Rejection is not { } reason)
        {
            Begin();
        }
        else if (!decision.IsSilent)
        {
            Reject(reason, mayRead: true);
        }
        else
        {
            if (reason == EndReason.Denied)
            {
                _connection.Abort();
            }
            else
            {
                _connection.Close();
            }

            End(reason);
        }
    }

    /// <summary>Lets the next greeting send the reason, in its own way.</summary>
    private void Reject(EndReason reason, bool mayRead)
    {
        if (!_ended)
        {
            Begin();
            _next!.Stop(reason, mayRead);
        }
    }

    private void Begin()
    {
        _ended = true;
        _connection.Loop.Cancel(_deadline);
        _next = _begin(_dueAt);
        _key = _next.ReadKeyAsync().AsTask();
        _headerEnded.SetResult(null);
    }

    private void End(EndReason reason)
    {
        if (!_ended)
        {
            _ended = true;
            _connection.Loop.Cancel(_deadline);
            _headerEnded.SetResult(reason);
        }
    }
}
