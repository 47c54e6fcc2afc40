using System.Runtime.Versioning;
using Sluice.Transport;
using Sluice.Transport.Linux;
using Sluice.Transport.Tcp;

namespace Sluice.Gateway.Relaying;

/// <summary>
/// An end whose bytes go through a pipe. It holds one only while bytes are in flight, and copies if the kernel cannot splice.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class SpliceEnd(Relay relay, TcpConnection connection, SplicePipePool pipes) : RelayEnd(relay, connection), IReadableHandler
{
    /// <summary>Pipes filled per turn, so that a bulk sender leaves turns to the others.</summary>
    private const int FillsPerTurn = 4;

    /// <summary>Bytes on their way to this connection.</summary>
    private SplicePipe? _pipe;

    public bool TakesBytes { get; private set; } = true;

    public override bool HasWaiting => _pipe is not null || base.HasWaiting;

    void IReadableHandler.Readable()
    {
        Relay.Touch();
        var sink = (SpliceEnd)Peer;
        for (int i = 0; i < FillsPerTurn; i++)
        {
            sink._pipe ??= pipes.TryRent();
            TransferStatus status = sink._pipe is null ? TransferStatus.Unsupported : connection.ReceiveInto(sink._pipe);
            switch (status)
            {
                case TransferStatus.Moved:
                    if (!sink.TryWritePipe())
                    {
                        connection.Pause();
                        return;
                    }

                    break;
                case TransferStatus.Unsupported:
                    // No pipe is left, or the kernel cannot splice: this direction copies from here on.
                    sink.ReturnPipe();
                    TakesBytes = false;
                    connection.ReadAgain();
                    return;
                case TransferStatus.Finished:
                    sink.ReturnPipe();
                    ReceivedFinish();
                    return;
                default:
                    sink.ReturnPipe();
                    return;
            }
        }

        connection.ReadAgain();
    }

    public override void End(ConnectionEnd cause)
    {
        base.End(cause);
        ReturnPipe();
    }

    protected override bool TryWriteWaiting() => base.TryWriteWaiting() && TryWritePipe();

    private bool TryWritePipe()
    {
        while (_pipe is { Count: > 0 })
        {
            if (!connection.TryWrite(_pipe, out int taken))
            {
                return TakeByCopying();
            }

            BytesTaken += taken;
            if (taken == 0)
            {
                return false;
            }
        }

        ReturnPipe();
        return true;
    }

    /// <summary>The kernel cannot splice into this socket, and the bytes are in the pipe already.</summary>
    private bool TakeByCopying()
    {
        byte[] buffer = connection.Loop.Buffers.Rent();
        bool all = true;
        while (all && _pipe!.Count > 0)
        {
            all = Take(buffer.AsSpan(0, _pipe.Read(buffer)));
        }

        connection.Loop.Buffers.Return(buffer);
        if (_pipe!.Count == 0)
        {
            ReturnPipe();
        }

        return all;
    }

    private void ReturnPipe()
    {
        if (_pipe is not null)
        {
            pipes.Return(_pipe);
            _pipe = null;
        }
    }
}
