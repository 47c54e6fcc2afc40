using Sluice.Kcp.Buffers;

namespace Sluice.Kcp.Arq;

/// <summary>
/// The receive side: what is in order and waits to be consumed (ikcp: rcv_queue), and what came early (rcv_buf), sorted by number.
/// The early list holds only what arrived, so a jump of the number costs no more memory than its segment.
/// </summary>
internal struct ReceiveQueue
{
    /// <summary>What a segment costs beside its payload, about: its place in a list and the rounding up of its buffer.</summary>
    public const int BytesPerSegment = 64;

    private Ring<ReceivedSegment> _ready;
    private Ring<EarlySegment> _early;

    /// <summary>rcv_nxt: the number expected next.</summary>
    public uint Next { get; private set; }

    /// <summary>Payload of all segments here, and what they cost beside it.</summary>
    public int HeldBytes { get; private set; }

    public readonly int ReadyCount => _ready.Count;

    public readonly bool HasGap => _early.Count > 0;

    public readonly ref ReceivedSegment this[int index] => ref _ready[index];

    public void StartAt(uint sequence) => Next = sequence;

    /// <summary>parse_data for a number within the window. Returns false where it was there already.</summary>
    public bool Add(KcpContext context, in Segment segment, ReadOnlySpan<byte> payload, int window)
    {
        if (segment.Sequence == Next && _ready.Count < window && (_early.Count == 0 || _early[0].Sequence != Next))
        {
            _ready.AddLast(context.ReceiveRings) = Copy(context, segment, payload);
            Next++;
            MoveReady(context, window);
            return true;
        }

        int place = _early.Count;
        while (place > 0)
        {
            int distance = Segment.Distance(segment.Sequence, _early[place - 1].Sequence);
            if (distance == 0)
            {
                return false;
            }

            if (distance > 0)
            {
                break;
            }

            place--;
        }

        ReceivedSegment content = Copy(context, segment, payload);
        _early.Insert(place, context.EarlyLists) = new EarlySegment { Sequence = segment.Sequence, Content = content };
        return true;
    }

    /// <summary>Gives back the first segment in order; what waited for its place follows.</summary>
    public void RemoveFirst(KcpContext context, int window)
    {
        HeldBytes -= _ready[0].End + BytesPerSegment;
        context.Buffers.Return(_ready[0].Buffer);
        _ready.RemoveFirst(context.ReceiveRings);
        MoveReady(context, window);
    }

    /// <summary>Early segments whose turn has come are in order now, as far as the window takes them.</summary>
    public void MoveReady(KcpContext context, int window)
    {
        while (_early.Count > 0 && _early[0].Sequence == Next && _ready.Count < window)
        {
            _ready.AddLast(context.ReceiveRings) = _early[0].Content;
            _early.RemoveFirst(context.EarlyLists);
            Next++;
        }
    }

    public void Clear(KcpContext context)
    {
        while (_ready.Count > 0)
        {
            context.Buffers.Return(_ready[0].Buffer);
            _ready.RemoveFirst(context.ReceiveRings);
        }

        while (_early.Count > 0)
        {
            context.Buffers.Return(_early[0].Content.Buffer);
            _early.RemoveFirst(context.EarlyLists);
        }
    }

    private ReceivedSegment Copy(KcpContext context, in Segment segment, ReadOnlySpan<byte> payload)
    {
        byte[] buffer = context.Buffers.Rent(payload.Length);
        payload.CopyTo(buffer);
        HeldBytes += payload.Length + BytesPerSegment;
        return new ReceivedSegment { Buffer = buffer, End = (ushort)payload.Length, Fragment = segment.Fragment };
    }
}
