using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sluice.Transport.Loop;
using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>
/// epoll(7), edge-triggered: a descriptor is registered once for everything that it may be waited for, and never touched again until it
/// closes.
/// </summary>
internal sealed unsafe class EpollPoller : IPoller
{
    private const int MaxEvents = 256;
    private const long WakeToken = -1;
    private const uint Everything = EpollIn | EpollPri | EpollOut | EpollRdHup | EpollEdgeTriggered;

    // struct epoll_event is packed on x86-64 only: 4 bytes of events, then 8 of data, at offset 4 or 8.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 4 : 8;
    private static readonly int EventBytes = DataOffset + 8;

    private readonly Lock _disposal = new();
    private readonly int _epoll;
    private readonly int _wake;
    private readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * EventBytes, pinned: true);
    private bool _disposed;

    public EpollPoller()
    {
        _epoll = EpollCreate(EpollCloexec);
        if (_epoll < 0)
        {
            throw new Win32Exception(Errno.Last);
        }

        _wake = EventFd(0, EfdNonblock | EfdCloexec);
        if (_wake < 0)
        {
            int errno = Errno.Last;
            _ = Close(_epoll);
            throw new Win32Exception(errno);
        }

        Control(EpollCtlAdd, _wake, EpollIn | EpollEdgeTriggered, WakeToken);
    }

    public void Add(nint handle, long token, PollEvents interest)
    {
        Control(EpollCtlAdd, (int)handle, Wanted(interest), token);
    }

    public void Change(nint handle, long token, PollEvents interest)
    {
        // A stream is watched for everything all the time: unused edges cost it nothing.
        if ((interest & PollEvents.WritableOnDemand) != 0)
        {
            Control(EpollCtlModify, (int)handle, Wanted(interest), token);
        }
    }

    public void Remove(nint handle, long token)
    {
        // The owner closes the descriptor now, and closing the only reference to it ends its watch (epoll(7)): one system call saved.
    }

    public int Wait(Span<PollResult> ready, int timeoutMs)
    {
        byte* events = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_events));
        int count = EpollWait(_epoll, events, Math.Min(ready.Length, MaxEvents), timeoutMs);
        if (count < 0)
        {
            return Errno.Last == Errno.EINTR ? IPoller.Interrupted : throw new Win32Exception(Errno.Last);
        }

        int filled = 0;
        for (int i = 0; i < count; i++)
        {
            byte* entry = events + (i * EventBytes);
            long token = Unsafe.ReadUnaligned<long>(entry + DataOffset);
            if (token == WakeToken)
            {
                ulong counter;
                _ = Read(_wake, (byte*)&counter, sizeof(ulong));
                continue;
            }

            ready[filled++] = new PollResult(token, Translate(Unsafe.ReadUnaligned<uint>(entry)));
        }

        return filled;
    }

    public bool TrySleep(int microseconds)
    {
        var length = new TimeSpec { Nanoseconds = microseconds * 1000 };
        return NanoSleep(&length, null) == 0;
    }

    public void Wake()
    {
        ulong one = 1;
        lock (_disposal)
        {
            // After disposal the number may already name another descriptor.
            if (!_disposed)
            {
                _ = Write(_wake, (byte*)&one, sizeof(ulong));
            }
        }
    }

    public void Dispose()
    {
        lock (_disposal)
        {
            if (!_disposed)
            {
                _disposed = true;
                _ = Close(_wake);
                _ = Close(_epoll);
            }
        }
    }

    /// <remarks>
    /// A stream reports writability only after a send that found no room. A datagram socket reports it for each datagram that the other end
    /// takes: on loopback that is one more turn for every datagram sent.
    /// </remarks>
    private static uint Wanted(PollEvents interest) =>
        (interest & (PollEvents.WritableOnDemand | PollEvents.Writable)) == PollEvents.WritableOnDemand
            ? Everything & ~EpollOut
            : Everything;

    private static PollEvents Translate(uint events) =>
        ((events & EpollIn) != 0 ? PollEvents.Readable : 0)
        | ((events & EpollPri) != 0 ? PollEvents.Urgent : 0)
        | ((events & EpollOut) != 0 ? PollEvents.Writable : 0)
        | ((events & EpollRdHup) != 0 ? PollEvents.PeerFinished : 0)
        | ((events & (EpollErr | EpollHup)) != 0 ? PollEvents.Broken : 0);

    private void Control(int operation, int fd, uint events, long token)
    {
        byte* entry = stackalloc byte[16];
        Unsafe.WriteUnaligned(entry, events);
        Unsafe.WriteUnaligned(entry + DataOffset, token);
        if (EpollControl(_epoll, operation, fd, entry) < 0)
        {
            throw new Win32Exception(Errno.Last);
        }
    }
}
