using Sluice.Kcp;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Kcp;

/// <summary>The parts of an <see cref="EventLoop"/> that its KCP sessions share.</summary>
internal static class LoopKcp
{
    extension(EventLoop loop)
    {
        /// <summary>Buffers and counters of the KCP sessions of this loop.</summary>
        public KcpContext Kcp => loop.Part(Create);

        /// <summary>How many datagrams arrive.</summary>
        public ArrivalRate Arrivals => loop.Part(static _ => new ArrivalRate());
    }

    private static KcpContext Create(EventLoop loop)
    {
        var context = new KcpContext();
        loop.OnTrim(context.Trim);
        return context;
    }
}
