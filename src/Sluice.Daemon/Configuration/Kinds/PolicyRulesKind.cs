using Sluice.Gateway.Policy;

namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>A list of policy rules. Null = the setting is not written, which differs from an empty list.</summary>
internal sealed class PolicyRulesKind : ValueKind<IReadOnlyList<PolicyRule>?>
{
    /// <summary>Every dial checks each rule in turn.</summary>
    private const int MaxRules = 10_000;

    public override RawKind Form => RawKind.List;

    public override string Range => "a list of address ranges or host name patterns, each with optional ports and an optional protocol";

    public override string Write(IReadOnlyList<PolicyRule>? value) =>
        value is null ? "not set" : $"[{string.Join(", ", value.Select(rule => $"\"{rule}\""))}]";

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out IReadOnlyList<PolicyRule>? value)
    {
        value = null;
        if (raw.Kind != RawKind.List)
        {
            WrongForm(raw, fault);
            return false;
        }

        if (raw.Items.Count > MaxRules)
        {
            fault(raw.Origin, FormattableString.Invariant($"{raw.Items.Count} rules are too many; write at most {MaxRules}"));
            return false;
        }

        var rules = new List<PolicyRule>(raw.Items.Count);
        foreach (RawValue item in raw.Items)
        {
            if (item.Kind == RawKind.Text && PolicyRule.TryParse(item.Text, out PolicyRule? rule))
            {
                rules.Add(rule);
                continue;
            }

            fault(item.Origin, $"found {item.Describe()}, which is no rule; write for example "
                + "\"10.0.0.0/8\", \"10.0.0.0/8:7000-7999\", \"[2001:db8::]/32:7000\", \"*.game.internal:9000\" or \"kcp://10.0.0.0/8\"");
        }

        value = rules;
        return rules.Count == raw.Items.Count;
    }
}
