using System.Buffers;
using System.Net.Sockets;
using Sluice.Testing.Loops;

namespace Sluice.Transport.Tests.Kit;

/// <summary>Keeps everything that a connection tells.</summary>
internal sealed class RecordingHandler : Observed, IConnectionHandler
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly List<string> _story = [];

    /// <summary>Called on the loop after the bytes were kept.</summary>
    public Action<int>? OnReceived { get; set; }

    public Action? OnWritable { get; set; }

    public Action? OnFinished { get; set; }

    /// <summary>Whether it wants what was received before a loss.</summary>
    public bool WantsLastBytes { get; set; }

    public long ByteCount
    {
        get
        {
            lock (Gate)
            {
                return _bytes.WrittenCount;
            }
        }
    }

    public int WritableCount { get; private set; }

    public int FinishedCount { get; private set; }

    public int LostCount { get; private set; }

    public SocketError? LostError { get; private set; }

    /// <summary>The events by name, in order; bytes that follow bytes are one event.</summary>
    public IReadOnlyList<string> Story
    {
        get
        {
            lock (Gate)
            {
                return [.. _story];
            }
        }
    }

    public byte[] Bytes
    {
        get
        {
            lock (Gate)
            {
                return _bytes.WrittenSpan.ToArray();
            }
        }
    }

    public void Received(Span<byte> data)
    {
        byte[] copy = data.ToArray();
        Change(() =>
        {
            _bytes.Write(copy);
            Tell("bytes");
        });
        OnReceived?.Invoke(copy.Length);
    }

    public void Writable()
    {
        Change(() => WritableCount++);
        OnWritable?.Invoke();
    }

    public void Finished()
    {
        Change(() =>
        {
            FinishedCount++;
            Tell("finished");
        });
        OnFinished?.Invoke();
    }

    public bool Breaking(SocketError error) => WantsLastBytes;

    public void Lost(SocketError error) => Change(() =>
    {
        LostCount++;
        LostError = error;
        Tell("lost");
    });

    public override string ToString() =>
        $"{_bytes.WrittenCount} bytes, {WritableCount} writable, {FinishedCount} finished, {LostCount} lost {LostError}";

    private void Tell(string what)
    {
        if (what != "bytes" || _story.LastOrDefault() != what)
        {
            _story.Add(what);
        }
    }
}
