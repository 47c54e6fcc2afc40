namespace Sluice.Conformance.Matrix;

/// <summary>One end of a connection, over any protocol.</summary>
internal abstract class Pipe : IDisposable
{
    private byte[] _ahead = [];

    /// <summary>Returns the bytes that a backend receives for this message.</summary>
    public virtual byte[] AtBackend(byte[] message) => message;

    public abstract Task SendAsync(byte[] bytes);

    /// <summary>Returns at least one byte, or none at the end of the stream.</summary>
    public abstract Task<byte[]> ReceiveSomeAsync();

    /// <summary>Ends this end's stream, as far as the protocol can express it.</summary>
    public abstract Task EndAsync();

    public async Task<byte[]> ReceiveAsync(int count)
    {
        using var bytes = new MemoryStream();
        bytes.Write(_ahead);
        while (bytes.Length < count)
        {
            byte[] some = await ReceiveSomeAsync();
            Assert.True(some.Length > 0, $"the stream ended after {bytes.Length} of {count} bytes");
            bytes.Write(some);
        }

        byte[] all = bytes.ToArray();
        _ahead = all[count..];
        return all[..count];
    }

    public abstract void Dispose();
}
