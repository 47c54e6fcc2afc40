using Sluice.Daemon.Configuration.Kinds;

namespace Sluice.Daemon.Configuration;

/// <summary>A key with the type of its value, so that who reads a setting needs no cast.</summary>
internal sealed class ConfigurationKey<T>(string section, string name, ValueKind<T> kind, T standard, string sentence)
    : ConfigurationKey(section, name, sentence)
{
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
