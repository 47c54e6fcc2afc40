namespace Sluice.Gateway.Policy;

/// <summary>What the policy says of one address, and which rule said it.</summary>
/// <param name="Allowed">Whether it may be dialled.</param>
/// <param name="Rule">The rule that decided, for the log.</param>
public readonly record struct PolicyDecision(bool Allowed, string Rule);
