using System.Buffers.Binary;
using System.Text;

namespace Sluice.Registries.ZooKeeper;

/// <summary>Collects frames to send, each after its length, in ZooKeeper's serialization (jute).</summary>
internal sealed class JuteWriter
{
    private byte[] _buffer = new byte[1024];
    private int _length;
    private int _frame;

    /// <summary>The bytes written since the last <see cref="Clear"/>, valid until more is written.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    public void Clear() => _length = 0;

    /// <summary>Begins a frame. <see cref="EndFrame"/> fills in its length.</summary>
    public void BeginFrame()
    {
        _frame = _length;
        WriteInt(0);
    }

    public void EndFrame() => BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_frame), _length - _frame - sizeof(int));

    public void WriteInt(int value) => BinaryPrimitives.WriteInt32BigEndian(Room(sizeof(int)), value);

    public void WriteLong(long value) => BinaryPrimitives.WriteInt64BigEndian(Room(sizeof(long)), value);

    public void WriteTruth(bool value) => Room(1)[0] = value ? (byte)1 : (byte)0;

    public void WriteBuffer(ReadOnlySpan<byte> value)
    {
        WriteInt(value.Length);
        value.CopyTo(Room(value.Length));
    }

    public void WriteText(string value)
    {
        int bytes = Encoding.UTF8.GetByteCount(value);
        WriteInt(bytes);
        Encoding.UTF8.GetBytes(value, Room(bytes));
    }

    private Span<byte> Room(int count)
    {
        if (_buffer.Length - _length < count)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
        }

        _length += count;
        return _buffer.AsSpan(_length - count, count);
    }
}
