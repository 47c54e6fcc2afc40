namespace Sluice.Gateway.Gates;

/// <summary>The timeouts of a gate's sessions.</summary>
/// <param name="Dial">Time per dial attempt to a TCP backend.</param>
/// <param name="Idle">Ends a session without traffic; zero = never.</param>
internal readonly record struct GateTimeouts(TimeSpan Dial, TimeSpan Idle);
