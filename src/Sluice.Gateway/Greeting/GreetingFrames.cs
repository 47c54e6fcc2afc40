using System.Text;
using Sluice.Gateway.Sessions;

namespace Sluice.Gateway.Greeting;

/// <summary>The gateway's answers, built once, and the bounds of a framed handshake.</summary>
internal sealed class GreetingFrames
{
    private readonly byte[][] _failures;

    public GreetingFrames(GatewayOptions options)
    {
        MaxKeyBytes = options.MaxKeyBytes;
        ConnectTimeoutMs = (long)options.ConnectTimeout.TotalMilliseconds;
        Welcome = FrameParser.Build(options.SuccessMessage.Span);
        _failures = [.. Enum.GetValues<EndReason>().Select(reason =>
            options.ErrorReply ? FrameParser.Build(Encoding.UTF8.GetBytes($"error {reason.ToWord()}")) : [])];
    }

    public int MaxKeyBytes { get; }

    public long ConnectTimeoutMs { get; }

    public byte[] Welcome { get; }

    public byte[] Failure(EndReason reason) => _failures[(int)reason];
}
