using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Tls;

/// <summary>
/// TLS over another connection. It begins paused; the handshake runs by itself, and until it is over nothing is taken or pushed.
/// </summary>
/// <remarks>
/// FIN of the stream inside is close_notify: <see cref="FinishWriting"/> sends it, then FIN; a received one is
/// <see cref="IConnectionHandler.Finished"/>. A FIN without close_notify is reported as <see cref="IConnectionHandler.Lost"/>: anybody on
/// the way can forge one, and a stream that was cut short must not look complete (RFC 8446 6.1).
/// A server joins the records of the ClientHello, see <see cref="ClientHelloJoiner"/>.
/// What is kept: at most one buffer of encrypted bytes per direction, only while the other side is not taking them, and one incomplete
/// record.
/// </remarks>
#pragma warning disable CA1001 // Close and Abort free what it has.
public sealed partial class TlsConnection : Connection, IConnectionHandler, ITlsPipeOwner, IPollTarget, ITimerTarget
#pragma warning restore CA1001
{
    /// <summary>Reported by <see cref="IConnectionHandler.Lost"/> if the peer violates TLS.</summary>
    public const SocketError ProtocolViolation = SocketError.ProtocolNotSupported;

    /// <summary>Largest plaintext of a record (RFC 8446 5.1).</summary>
    private const int RecordBytes = 16 * 1024;

    /// <summary>Room that encryption may add to a record, and that close_notify takes after it.</summary>
    private const int RecordOverhead = 1024;

    /// <summary>How long the last bytes may take to be taken by the system after <see cref="Close"/>.</summary>
    private const long LingerMs = 30_000;

    private readonly Connection _inner;
    private readonly ILogger _logger;
    private readonly TlsPipe _pipe;
    private readonly Action _readEnded;
    private TlsHandshake? _handshake;
    private ClientHelloJoiner? _hello;
    private Action<TlsConnection, SocketError, string?>? _handshakeEnded;
    private SslStream? _stream;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _read;
    private byte[]? _plain;
    private byte[]? _unread;
    private byte[]? _unsent;
    private int _unsentStart;
    private int _unsentEnd;
    private TimerId _linger;
    private SocketError _loss;
    private TlsState _state = TlsState.Paused | TlsState.InnerPaused;

    private TlsConnection(
        Connection inner, Func<SslStream, Task> authenticate, HandshakeWorkers workers, TlsServer? server, ILogger? logger)
        : base(inner.Loop, NoHandler.Instance)
    {
        _inner = inner;
        _logger = logger ?? NullLogger.Instance;
        _readEnded = ReadEnded;
        _handshake = new TlsHandshake(Loop, this, authenticate, workers) { Server = server };
        _pipe = new TlsPipe(_handshake);
        inner.Handler = this;
    }

    /// <inheritdoc/>
    public override NetworkAddress RemoteAddress => _inner.RemoteAddress;

    /// <inheritdoc/>
    public override NetworkAddress LocalAddress => _inner.LocalAddress;

    /// <inheritdoc/>
    public override ConnectionTraits Traits => _inner.Traits with { CanHalfClose = true };

    /// <inheritdoc/>
    public override ConnectionActivity Activity => _inner.Activity;

    /// <inheritdoc/>
    internal override SendProgress SendProgress
    {
        get
        {
            SendProgress inner = _inner.SendProgress;
            return inner with { Unsent = inner.Unsent + _unsentEnd - _unsentStart };
        }
    }

    /// <inheritdoc/>
    public override bool IsClosed => Has(TlsState.Closed);

    /// <summary>Begins as the server on a connection that was accepted. The owner bounds the time of the handshake.</summary>
    /// <param name="inner">The connection below, paused; it is this one's from here on.</param>
    /// <param name="server">Certificates and settings.</param>
    /// <param name="logger">Logs failed handshakes at Debug; clients whose certificate is not trusted as a warning now and
    /// then.</param>
    public static TlsConnection Accept(Connection inner, TlsServer server, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(server);
        var connection = new TlsConnection(inner, server.AuthenticateAsync, HandshakeWorkers.ForClients, server, logger);

        // Nothing else is made until the client's hello is complete: a silent client costs little more than without TLS.
        connection._state |= TlsState.AwaitsHello;
        connection.UpdateInner();
        return connection;
    }

    /// <summary>Begins as the client, on the loop.</summary>
    internal static TlsConnection Begin(
        Connection inner, Func<SslStream, Task> authenticate, HandshakeWorkers workers, Action<TlsConnection, SocketError, string?> ended)
    {
        var connection = new TlsConnection(inner, authenticate, workers, server: null, logger: null) { _handshakeEnded = ended };
        connection._handshake!.Step(connection._pipe);
        return connection;
    }

    /// <inheritdoc/>
    public override void Pause()
    {
        _state |= TlsState.Paused;
        UpdateInner();
    }

    /// <inheritdoc/>
    public override void Resume()
    {
        if (Has(TlsState.Paused) && !Has(TlsState.Closed))
        {
            _state &= ~TlsState.Paused;
            Loop.RunAgain(this);
        }
    }

    void IPollTarget.Ready(PollEvents events)
    {
        if (Has(TlsState.Closed))
        {
            return;
        }

        if (Has(TlsState.Failed))
        {
            Lose(ProtocolViolation);
            return;
        }

        if (_handshake is null)
        {
            Pump();
        }

        if (_loss != SocketError.Success && Has(TlsState.Reading | TlsState.ReadFinished) && !Has(TlsState.Closed))
        {
            // The connection below was lost before, and everything that it had received is read.
            Lose(_loss);
            return;
        }

        UpdateInner();
    }

    private static bool IsExpected(Exception failure) =>
        failure is IOException or AuthenticationException or ObjectDisposedException or InvalidOperationException;

    private void UpdateInner()
    {
        if (Has(TlsState.Closed))
        {
            return;
        }

        bool pause = _handshake is null ? Has(TlsState.Paused) || _unread is not null : _handshake.IsAway;
        if (pause == Has(TlsState.InnerPaused))
        {
            return;
        }

        _state ^= TlsState.InnerPaused;
        if (pause)
        {
            _inner.Pause();
        }
        else
        {
            _inner.Resume();
        }
    }

    private void ReturnUnread() => Return(ref _unread);

    private void ReturnUnsent() => Return(ref _unsent);

    private void ReturnPlain() => Return(ref _plain);

    private void Return(ref byte[]? buffer)
    {
        if (buffer is not null)
        {
            Loop.Buffers.Return(buffer);
            buffer = null;
        }
    }

    private bool Has(TlsState any) => (_state & any) != 0;
}
