using System.Net.Sockets;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Sessions;
using Sluice.Transport;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Greeting;

/// <summary>The handshake of a client behind a trusted proxy: first the proxy's header, then, on the same connection, what the client sends.</summary>
/// <remarks>
/// Bytes behind the header are handed on in the very callback that brought them, so nothing is kept, copied or lost, and the connection below is
/// the plain one again: TLS begins with its first byte, and a relay may splice it.
/// </remarks>
internal sealed class ProxyGreeting : IGreeting, IConnectionHandler, ITimerTarget
{
    private readonly Connection _connection;
    private readonly IClientNames _names;
    private readonly Func<long, IGreeting> _begin;
    private readonly long _dueAt;
    private readonly TimerId _deadline;
    private readonly TaskCompletionSource<EndReason?> _headerEnded = new();
    private ProxyHeaderParser _parser;
    private IGreeting? _next;
    private Task<GreetingResult>? _key;
    private bool _ended;

    /// <param name="connection">As it was accepted, without TLS.</param>
    /// <param name="connectTimeoutMs">For the header and everything behind it up to the key.</param>
    /// <param name="names">Told what the header says.</param>
    /// <param name="begin">Makes the greeting for what comes behind the header, which has until that time of the loop.</param>
    public ProxyGreeting(Connection connection, long connectTimeoutMs, IClientNames names, Func<long, IGreeting> begin)
    {
        _connection = connection;
        _names = names;
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

    public ReadOnlySpan<byte> BytesBehindKey => _next is null ? default : _next.BytesBehindKey;

    public async ValueTask<GreetingResult> ReadKeyAsync()
    {
        _connection.Resume();
        EndReason? ended = await _headerEnded.Task;
        return ended is { } reason ? new GreetingResult(null, reason) : await _key!;
    }

    public ValueTask WelcomeAsync() => _next!.WelcomeAsync();

    public ValueTask RefuseAsync(EndReason reason) => _next?.RefuseAsync(reason) ?? ValueTask.CompletedTask;

    public void GiveUp(EndReason reason, bool mayRead = false)
    {
        if (_next is not null)
        {
            _next.GiveUp(reason, mayRead);
        }
        else
        {
            Refuse(reason, mayRead: false);
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
                Refuse(EndReason.BadFrame, mayRead: false);
                break;
            default:
                break;
        }
    }

    void IConnectionHandler.Writable()
    {
        // Nothing is written before the header was read.
    }

    void IConnectionHandler.Finished() => End(EndReason.ClientLost);

    void IConnectionHandler.Lost(SocketError error) => End(EndReason.ClientLost);

    void ITimerTarget.TimerDue(int kind) => Refuse(EndReason.Timeout, mayRead: false);

    private void Complete(in ProxyHeader header)
    {
        switch (_names.Introduced(header))
        {
            case null:
                Begin();
                break;
            case EndReason.Denied:
                _connection.Abort();
                End(EndReason.Denied);
                break;
            case { } reason when _names.MayTell():
                Refuse(reason, mayRead: true);
                break;
            case { } reason:
                _connection.Close();
                End(reason);
                break;
        }
    }

    /// <summary>Lets the greeting that would have come next say why not, in its own way.</summary>
    private void Refuse(EndReason reason, bool mayRead)
    {
        if (!_ended)
        {
            Begin();
            _next!.GiveUp(reason, mayRead);
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
