using Sluice.Transport.Loop;

namespace Sluice.Transport.Portable;

/// <summary>The array that poll(2) or WSAPoll is given; its layout and constants differ between Unix and Windows.</summary>
internal abstract class PollDescriptors(short readable, short writable, short broken, short urgent)
{
    /// <summary>Sets what is watched for at a place, growing the array as needed.</summary>
    public abstract void Set(int index, nint handle, PollEvents interest);

    public abstract void Move(int from, int to);

    /// <summary>What the last <see cref="Poll"/> found at a place.</summary>
    public abstract PollEvents Result(int index);

    /// <summary>Waits; returns how many descriptors are ready, or -1 if a signal came first.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The system call failed.</exception>
    public abstract int Poll(int count, int timeoutMs);

    protected short ToNative(PollEvents interest) => (short)(
        ((interest & PollEvents.Readable) != 0 ? readable | urgent : 0) | ((interest & PollEvents.Writable) != 0 ? writable : 0));

    protected PollEvents FromNative(short result) =>
        ((result & readable) != 0 ? PollEvents.Readable : 0)
        | ((result & writable) != 0 ? PollEvents.Writable : 0)
        | ((result & urgent) != 0 ? PollEvents.Urgent : 0)
        | ((result & broken) != 0 ? PollEvents.Broken : 0);
}
