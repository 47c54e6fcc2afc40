using System.Net;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Gates;

/// <summary>TCP clients: one frame with the key, then bytes.</summary>
internal sealed class TcpGate(TcpGateOptions options, HandshakeSettings handshake, TimeProvider time, ILogger logger)
    : StreamGate(Protocol.Tcp, "tcpgate", handshake, options.Tls, time, logger)
{
    private readonly GreetingFrames _frames = new(handshake);

    public override IPEndPoint Requested => EndPoint(options.Bind, options.Port);

    public override GateTimeouts Timeouts => new(options.DialTimeout, options.IdleTimeout);

    public override bool ZeroCopy => options.ZeroCopy;

    public override AddressSet Proxies { get; } = new(options.AcceptProxyFrom);

    public override void Reject(Connection connection, EndReason reason) => _frames.Reject(connection, reason);

    protected override Task<IPEndPoint> BindAsync(
        IReadOnlyList<EventLoop> loops, Action<Connection> accepted, Func<EventLoop, NetworkAddress, bool> admits)
    {
        if (ZeroCopy && !OperatingSystem.IsLinux())
        {
            GateLog.NoZeroCopy(Logger);
        }

        return base.BindAsync(loops, accepted, admits);
    }

    protected override IGreeting GreetClient(Connection connection, IClientIdentity client, long dueAt) =>
        new FrameGreeting(StreamOver(connection), _frames, dueAt);
}
