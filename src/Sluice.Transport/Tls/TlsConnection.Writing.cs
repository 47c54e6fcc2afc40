namespace Sluice.Transport.Tls;

/// <content>From the owner to the connection below.</content>
public sealed partial class TlsConnection
{
    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        if (Has(TlsState.Closed | TlsState.WriteFinished) || data.IsEmpty)
        {
            return 0;
        }

        int taken = 0;
        int most = Math.Min(RecordBytes, Loop.Buffers.BufferBytes - RecordOverhead);
        while (taken < data.Length && _handshake is null && _unsent is null)
        {
            ReadOnlySpan<byte> record = data.Slice(taken, Math.Min(most, data.Length - taken));
            if (!TryEncrypt(record))
            {
                break;
            }

            taken += record.Length;
        }

        if (taken < data.Length)
        {
            _state |= TlsState.WriteBlocked;
        }

        return taken;
    }

    /// <inheritdoc/>
    public override void FinishWriting()
    {
        if (!Has(TlsState.Closed | TlsState.WriteFinished))
        {
            SayGoodbye();
            FinishInner();
        }
    }

    void IConnectionHandler.Writable()
    {
        if (_unsent is not null)
        {
            _unsentStart += _inner.Write(_unsent.AsSpan(_unsentStart, _unsentEnd - _unsentStart));
            if (_unsentStart < _unsentEnd)
            {
                return;
            }

            ReturnUnsent();
        }

        if (Has(TlsState.Lingering))
        {
            EndLinger();
        }
        else if (Has(TlsState.WriteFinished))
        {
            FinishInner();
        }
        else if (Has(TlsState.WriteBlocked) && !Has(TlsState.Closed) && _handshake is null)
        {
            _state &= ~TlsState.WriteBlocked;
            Handler.Writable();
        }
    }

    void ITlsPipeOwner.Send(ReadOnlySpan<byte> data)
    {
        if (_unsent is null)
        {
            data = data[_inner.Write(data)..];
            if (data.IsEmpty)
            {
                return;
            }

            _unsent = Loop.Buffers.Rent();
            (_unsentStart, _unsentEnd) = (0, 0);
        }

        if (data.Length > _unsent.Length - _unsentEnd)
        {
            // Only a peer that asks for answers and reads none comes here.
            FailLater();
            return;
        }

        data.CopyTo(_unsent.AsSpan(_unsentEnd));
        _unsentEnd += data.Length;
    }

    private bool TryEncrypt(ReadOnlySpan<byte> record)
    {
        try
        {
            _stream!.Write(record);
            return true;
        }
        catch (Exception failure) when (IsExpected(failure))
        {
            TlsLog.Broken(_logger, RemoteAddress, Explain(failure));
            FailLater();
            return false;
        }
    }

    private void SayGoodbye()
    {
        _state |= TlsState.WriteFinished;
        if (_stream is not null && !_inner.IsClosed)
        {
            // It writes into the pipe, which takes everything at once.
            _ = _stream.ShutdownAsync().Exception;
        }
    }

    private void FinishInner()
    {
        if (_unsent is null && !Has(TlsState.InnerFinished))
        {
            _state |= TlsState.InnerFinished;
            _inner.FinishWriting();
        }
    }
}
