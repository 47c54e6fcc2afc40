namespace Sluice.Daemon.Configuration;

/// <summary>
/// A section in which the operator chooses the names: <c>[static.nodes]</c>. Entries of several sources add up, name by name.
/// </summary>
/// <param name="section">The section.</param>
/// <param name="kind">The kind of the entries.</param>
/// <param name="sentence">A description of the entries, in Markdown.</param>
internal sealed class NamedEntriesSetting<T>(string section, ValueKind<T> kind, string sentence)
    : Setting(section, Placeholder, sentence)
{
    /// <summary>Represents any name in the documentation.</summary>
    private const string Placeholder = "name";

    public override bool TakesAnyName => true;

    public override RawKind Form => kind.Form;

    public override bool TakesTables => false;

    public override string Range => kind.Range;

    public override string DefaultText => "none";

    public override object? Default => null;

    public override bool TryRead(RawValue raw, FaultList faults, out object? value)
    {
        bool read = kind.TryRead(raw, (origin, problem) => faults.Add(origin, $"[{Section}]: {problem}"), out T typed);
        value = typed;
        return read;
    }
}
