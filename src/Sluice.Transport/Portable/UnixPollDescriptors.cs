using System.ComponentModel;
using System.Runtime.InteropServices;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Portable;

/// <summary>struct pollfd of poll(2); the constants are the same on Linux and macOS.</summary>
internal sealed partial class UnixPollDescriptors() : PollDescriptors(readable: 1, writable: 4, broken: 8 | 16 | 32, urgent: 2)
{
    private const int Interrupted = 4;

    private Entry[] _entries = new Entry[16];

    public override void Set(int index, nint handle, PollEvents interest)
    {
        if (index == _entries.Length)
        {
            Array.Resize(ref _entries, index * 2);
        }

        // A negative descriptor is passed over, its hang-up too: that is how nothing at all is watched for.
        _entries[index] = new Entry { Handle = interest == PollEvents.None ? -1 : (int)handle, Events = ToNative(interest) };
    }

    public override void Move(int from, int to) => _entries[to] = _entries[from];

    public override PollEvents Result(int index) => FromNative(_entries[index].Result);

    public override int Poll(int count, int timeoutMs)
    {
        int ready = SystemPoll(_entries, (nuint)count, timeoutMs);
        return ready >= 0 || Marshal.GetLastPInvokeError() == Interrupted ? ready : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int SystemPoll([In, Out] Entry[] entries, nuint count, int timeoutMs);

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public int Handle;
        public short Events;
        public short Result;
    }
}
