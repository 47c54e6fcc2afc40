using System.Buffers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Tls;

/// <summary>
/// The handshake of one connection. It goes to and fro between its loop and a worker; only one of the two has it at a time.
/// </summary>
/// <param name="loop">The connection's loop.</param>
/// <param name="connection">Notified on the loop when the handshake needs bytes, and at its end.</param>
/// <param name="authenticate">Starts the handshake of the stream; called on a worker.</param>
/// <param name="workers">Run its steps.</param>
#pragma warning disable CA1001 // The stream is the connection's, which frees it.
internal sealed class TlsHandshake(
    EventLoop loop, TlsConnection connection, Func<SslStream, Task> authenticate, HandshakeWorkers workers) : ITlsPipeOwner
#pragma warning restore CA1001
{
    private readonly ArrayBufferWriter<byte> _toSend = new();
    private LinkedListNode<TlsHandshake>? _step;
    private SslStream? _stream;
    private TlsPipe? _pipe;
    private Exception? _fault;

    /// <summary>The server whose client this is; null if this end is the client.</summary>
    public TlsServer? Server { get; init; }

    /// <summary>What is wrong with the certificate of a client that must show one; null if nothing is.</summary>
    public string? NotTrusted { get; private set; }

    /// <summary>True while a worker has it, or is about to.</summary>
    public bool IsAway { get; private set; }

    /// <summary>What the last step wants sent.</summary>
    public ReadOnlySpan<byte> ToSend => _toSend.WrittenSpan;

    /// <summary>The stream, once the first step began.</summary>
    public SslStream? Stream => _stream;

    /// <summary>
    /// Has a worker continue with what was given to the pipe. The loop gets it back by <see cref="TlsConnection.HandshakeCameBack"/>.
    /// </summary>
    /// <param name="pipe">What the stream reads from.</param>
    /// <param name="ends">Whether the pipe has ended, so that the step can only fail.</param>
    public void Step(TlsPipe pipe, bool ends = false)
    {
        _toSend.ResetWrittenCount();
        _pipe = pipe;
        IsAway = true;
        workers.Run(_step ??= new LinkedListNode<TlsHandshake>(this), ends);
    }

    /// <summary>Cancels the handshake. Returns true if no worker has it now; a step that has not begun is withdrawn.</summary>
    public bool TryTakeBack()
    {
        IsAway = IsAway && !workers.TryWithdraw(_step!);
        return !IsAway;
    }

    /// <summary>One step, on a worker: up to the next read that finds nothing, or to the end.</summary>
    public void RunStep()
    {
        if (_stream is null)
        {
            _stream = new SslStream(_pipe!, leaveInnerStreamOpen: true, Server is { AsksForCertificates: true } ? IsTrusted : null);
            _ = AuthenticateAsync(_stream);
        }
        else
        {
            _pipe!.Complete();
        }
    }

    void ITlsPipeOwner.Starved() => loop.Post(
        static self =>
        {
            var handshake = (TlsHandshake)self!;
            handshake.IsAway = false;
            handshake.ComeBack(ended: false);
        },
        this);

    void ITlsPipeOwner.Send(ReadOnlySpan<byte> data) => _toSend.Write(data);

    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        NotTrusted = errors == SslPolicyErrors.None
            ? null
            : string.Join(", ", [errors, .. chain?.ChainStatus.Select(status => (object)status.Status) ?? []]);
        return NotTrusted is null;
    }

    private async Task AuthenticateAsync(SslStream stream)
    {
        try
        {
            await authenticate(stream).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever a peer causes there ends its connection, and no other.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _fault = fault;
        }

        loop.Post(
            static self =>
            {
                var handshake = (TlsHandshake)self!;
                handshake.IsAway = false;
                handshake.ComeBack(ended: true);
            },
            this);
    }

    private void ComeBack(bool ended) => connection.HandshakeCameBack(ended, _fault);
}
