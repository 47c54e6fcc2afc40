namespace Sluice.Conformance.Matrix;

/// <summary>One end of a conversation, whatever it speaks.</summary>
internal abstract class Pipe : IDisposable
{
    private byte[] _ahead = [];

    /// <summary>How these bytes, sent as one message, reach a backend.</summary>
    public virtual byte[] AtBackend(byte[] message) => message;

    public abstract Task SendAsync(byte[] bytes);

    /// <summary>At least one byte; none at the end.</summary>
    public abstract Task<byte[]> ReceiveSomeAsync();

    /// <summary>Says that nothing more will be sent, as well as the protocol can.</summary>
    public abstract Task EndAsync();

    public async Task<byte[]> ReceiveAsync(int count)
    {
        using var bytes = new MemoryStream();
        bytes.Write(_ahead);
        while (bytes.Length < count)
        {
            byte[] some = await ReceiveSomeAsync();
            Assert.True(some.Length > 0, $"the conversation ended after {bytes.Length} of {count} bytes");
            bytes.Write(some);
        }

        byte[] all = bytes.ToArray();
        _ahead = all[count..];
        return all[..count];
    }

    public abstract void Dispose();
}
