using System.ComponentModel;
using System.Runtime.InteropServices;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Portable;

/// <summary>WSAPOLLFD of WSAPoll.</summary>
internal sealed partial class WindowsPollDescriptors() : PollDescriptors(readable: 0x300, writable: 0x10, broken: 1 | 2 | 4, urgent: 0)
{
    private Entry[] _entries = new Entry[16];

    public override void Set(int index, nint handle, PollEvents interest)
    {
        if (index == _entries.Length)
        {
            Array.Resize(ref _entries, index * 2);
        }

        // A negative descriptor is passed over, its hang-up too: that is how nothing at all is watched for.
        _entries[index] = new Entry { Handle = interest == PollEvents.None ? -1 : handle, Events = ToNative(interest) };
    }

    public override void Move(int from, int to) => _entries[to] = _entries[from];

    public override PollEvents Result(int index) => FromNative(_entries[index].Result);

    public override int Poll(int count, int timeoutMs)
    {
        int ready = SystemPoll(_entries, (uint)count, timeoutMs);
        return ready >= 0 ? ready : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("ws2_32", EntryPoint = "WSAPoll", SetLastError = true)]
    private static partial int SystemPoll([In, Out] Entry[] entries, uint count, int timeoutMs);

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public nint Handle;
        public short Events;
        public short Result;
    }
}
