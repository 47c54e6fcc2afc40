using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sluice.Kcp;

namespace Sluice.Transport.Kcp;

/// <content>The end of a turn: received bytes go to the handler, written ones to the network.</content>
public sealed partial class KcpConnection
{
    /// <summary>Everything of a turn: bytes to the handler, room for more, and what the protocol has to send.</summary>
    internal void EndTurn(IKcpOutput output)
    {
        IsTouched = false;
        Deliver();
        if (Has(KcpState.Ended))
        {
            return;
        }

        if (_loss != SocketError.Success)
        {
            Lose(_loss);
            return;
        }

        if (_session.IsDead)
        {
            Lose(SocketError.TimedOut);
            return;
        }

        if ((_state & (KcpState.WriteBlocked | KcpState.Closed)) == KcpState.WriteBlocked && _session.SendRoom > 0)
        {
            _state &= ~KcpState.WriteBlocked;
            Handler.Writable();
        }

        if (Has(KcpState.Ended))
        {
            return;
        }

        _session.Update(Loop.Now, output);
        if (_session.IsDead)
        {
            // Only an update finds that out, and a dead session asks for no further one.
            Lose(SocketError.TimedOut);
            return;
        }

        FinishWhenDrained(output);
        if (!Has(KcpState.Ended))
        {
            ScheduleUpdate();
        }
    }

    /// <summary>Hands on what is in order, straight from the segments' own buffers.</summary>
    private void Deliver()
    {
        while (!Has(KcpState.Paused | KcpState.Closed) && _session.HasReadable)
        {
            int count;
            _state |= KcpState.Delivering;
            try
            {
                count = Handler is IGatheringHandler handler && _session.ReadableSegments > 1 ? DeliverTo(handler) : DeliverTo(Handler);
            }
            finally
            {
                _state &= ~KcpState.Delivering;
                if (Has(KcpState.Ended))
                {
                    _session.Dispose();
                }
            }

            if (!Has(KcpState.Ended))
            {
                _session.Consume(count);
            }
        }
    }

    private int DeliverTo(IConnectionHandler handler)
    {
        // The segment is dropped after this, so the handler may change its bytes.
        _session.TryPeek(out ReadOnlyMemory<byte> bytes);
        handler.Received(MemoryMarshal.AsMemory(bytes).Span);
        return bytes.Length;
    }

    private int DeliverTo(IGatheringHandler handler)
    {
        Parts parts = default;
        ReadOnlySpan<ReadOnlyMemory<byte>> filled = parts[.._session.Peek(parts)];
        int fitting = 0;
        int count = 0;
        while (fitting < filled.Length && count + filled[fitting].Length <= Loop.Buffers.BufferBytes)
        {
            count += filled[fitting++].Length;
        }

        handler.Received(filled[..fitting]);
        return count;
    }

    private void FinishWhenDrained(IKcpOutput output)
    {
        if (!_session.IsSendDrained || !(IsClosed || (Has(KcpState.Finishing) && !Has(KcpState.Finished))))
        {
            return;
        }

        // What the other end sent last is acknowledged now or never: once the session is gone nothing answers, and it would send for
        // nothing.
        _session.Flush(Loop.Now, output);
        if (IsClosed)
        {
            End();
        }
        else
        {
            _state |= KcpState.Finished;
            Handler.Finished();
        }
    }

    private void ScheduleUpdate()
    {
        long next = _session.NextUpdate(Loop.Now);
        if (next == _updateAt)
        {
            return;
        }

        Loop.Cancel(_update);
        _updateAt = next;
        if (next != KcpSession.Never)
        {
            _update = Loop.Schedule(this, next - Loop.Now, UpdateTimer);
        }
    }

    [InlineArray(IGatheringHandler.MaxParts)]
    private struct Parts
    {
        private ReadOnlyMemory<byte> _first;
    }
}
