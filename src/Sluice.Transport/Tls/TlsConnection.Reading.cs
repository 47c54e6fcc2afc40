using System.Net.Sockets;

namespace Sluice.Transport.Tls;

/// <content>From the connection below to the owner.</content>
public sealed partial class TlsConnection
{
    void IConnectionHandler.Received(Span<byte> data)
    {
        if (Has(TlsState.Closed | TlsState.ReadFinished))
        {
            return;
        }

        if (_handshake is not null)
        {
            if (Has(TlsState.AwaitsHello))
            {
                if (!TryGiveHello(data))
                {
                    return;
                }
            }
            else
            {
                KeepUnread(data);
            }

            _handshake.Step(_pipe);
            UpdateInner();
            return;
        }

        if (Loop.Scratch.AsSpan().Overlaps(data, out int offset))
        {
            // Nothing else is received into it until this returns.
            _pipe.Give(Loop.Scratch, offset, data.Length);
            Pump();
            if (_pipe.Available > 0)
            {
                KeepUnread(_pipe.Take());
            }
        }
        else
        {
            KeepUnread(data);
            Pump();
        }

        UpdateInner();
    }

    void IConnectionHandler.Finished()
    {
        if (Has(TlsState.Closed | TlsState.ReadFinished))
        {
            return;
        }

        _pipe.End();
        if (_handshake is null)
        {
            Pump();
        }
        else if (_handshake.Stream is null)
        {
            Lose(SocketError.ConnectionReset);
        }
        else
        {
            _handshake.Step(_pipe, ends: true);
        }
    }

    void ITlsPipeOwner.Starved()
    {
        // The next bytes of the connection below end the read.
    }

    /// <summary>Reads what can be read and pushes it, until there is no more or the owner has enough.</summary>
    private void Pump()
    {
        if (Has(TlsState.Pumping))
        {
            return;
        }

        _state |= TlsState.Pumping;
        try
        {
            _pipe.Complete();
            while (!Has(TlsState.Reading | TlsState.Paused | TlsState.ReadFinished | TlsState.Closed))
            {
                Read();
            }
        }
        finally
        {
            _state &= ~TlsState.Pumping;
            ReturnPlain();
        }

        if (_pipe.Available == 0)
        {
            ReturnUnread();
        }
    }

    /// <summary>
    /// One read. Before each there is one of no bytes: it ends when bytes are there, and while it waits the stream keeps no buffer of its
    /// own.
    /// </summary>
    private void Read()
    {
        bool asks = !Has(TlsState.MayRead);
        if (!Has(TlsState.ReadEnded))
        {
#pragma warning disable CA2012 // Taken exactly once, by TryTakeResult.
            _read = _stream!.ReadAsync(asks ? default : _plain ??= Loop.Buffers.Rent()).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
            if (!_read.IsCompleted)
            {
                _state |= TlsState.Reading;
                _read.UnsafeOnCompleted(_readEnded);
                return;
            }
        }

        _state &= ~TlsState.ReadEnded;
        if (!TryTakeResult(out int count))
        {
            Lose(_pipe.EndWasRead ? SocketError.ConnectionReset : ProtocolViolation);
        }
        else if (asks)
        {
            _state |= TlsState.MayRead;
        }
        else if (count > 0)
        {
            _state &= ~TlsState.MayRead;
            Handler.Received(_plain.AsSpan(0, count));
        }
        else if (_pipe.EndWasRead)
        {
            Lose(SocketError.ConnectionReset);
        }
        else
        {
            _state |= TlsState.ReadFinished;
            _pipe.Take();
            Handler.Finished();
        }
    }

    private bool TryTakeResult(out int count)
    {
        try
        {
            count = _read.GetResult();
            return true;
        }
        catch (Exception failure) when (IsExpected(failure))
        {
            TlsLog.Broken(_logger, RemoteAddress, Explain(failure));
            count = 0;
            return false;
        }
    }

    /// <summary>
    /// A read that waited has ended, inside of <see cref="TlsPipe.Complete"/>. Its result is taken once the stream is left.
    /// </summary>
    private void ReadEnded()
    {
        _state = (_state | TlsState.ReadEnded) & ~TlsState.Reading;
        if (Has(TlsState.Closed))
        {
            _state &= ~TlsState.ReadEnded;
            TryTakeResult(out _);
        }
    }

    /// <summary>
    /// Gives the ClientHello to the stream, in one record, once it is complete. Until then no stream and no worker is needed.
    /// </summary>
    private bool TryGiveHello(ReadOnlySpan<byte> data)
    {
        if (_hello is null && ClientHelloJoiner.IsComplete(data))
        {
            KeepUnread(data);
        }
        else
        {
            _hello ??= new ClientHelloJoiner();
            if (!_hello.Add(data))
            {
                return false;
            }

            // The handshake reads all of it before it asks for more.
            _pipe.Give(_hello.Buffer, 0, _hello.Count);
            _hello = null;
        }

        _state &= ~TlsState.AwaitsHello;
        return true;
    }

    private void KeepUnread(ReadOnlySpan<byte> data)
    {
        _unread ??= Loop.Buffers.Rent();
        data.CopyTo(_unread);
        _pipe.Give(_unread, 0, data.Length);
    }
}
