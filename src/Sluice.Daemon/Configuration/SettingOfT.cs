namespace Sluice.Daemon.Configuration;

/// <summary>A setting with the type of its value.</summary>
internal sealed class Setting<T>(string section, string name, ValueKind<T> kind, T standard, string sentence)
    : Setting(section, name, sentence)
{
    /// <summary>The kind of its values.</summary>
    public ValueKind<T> Kind => kind;

    public override RawKind Form => kind.Form;

    public override bool TakesTables => kind.TakesTables;

    public override string Range => kind.Range;

    public override string DefaultText => kind.Write(standard);

    public override object? Default => standard;

    public override bool TryRead(RawValue raw, FaultList faults, out object? value)
    {
        bool read = kind.TryRead(raw, (origin, problem) => faults.Add(origin, $"{this}: {problem}"), out T typed);
        value = typed;
        return read;
    }
}
