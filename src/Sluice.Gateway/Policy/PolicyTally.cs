namespace Sluice.Gateway.Policy;

/// <summary>How often one rule of the policy has decided since the start.</summary>
/// <param name="Rule">The rule, as the log names it. Rules come from the configuration, never from clients.</param>
/// <param name="Allowed">Whether it allows or denies.</param>
/// <param name="Decisions">Addresses that it decided about.</param>
public readonly record struct PolicyTally(string Rule, bool Allowed, long Decisions);
