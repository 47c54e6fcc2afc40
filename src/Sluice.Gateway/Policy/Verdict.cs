namespace Sluice.Gateway.Policy;

/// <summary>One thing that the policy can say, and how often it did. Made once, so that a decision allocates nothing.</summary>
internal sealed class Verdict(bool allowed, string rule)
{
    private readonly PolicyDecision _decision = new(allowed, rule);
    private long _decisions;

    public PolicyTally Tally => new(rule, allowed, Interlocked.Read(ref _decisions));

    /// <summary>Says it.</summary>
    public PolicyDecision Give()
    {
        Interlocked.Increment(ref _decisions);
        return _decision;
    }
}
