namespace Sluice.Daemon.Configuration;

/// <summary>A key that the configuration knows.</summary>
/// <param name="section">Its section, nested ones joined by dots.</param>
/// <param name="name">Its name.</param>
/// <param name="sentence">What it does.</param>
internal abstract class ConfigurationKey(string section, string name, string sentence)
{
    public string Section { get; } = section;

    public string Name { get; } = name;

    /// <summary>What it does, in one sentence.</summary>
    public string Sentence { get; } = sentence;

    /// <summary>As <c>--set</c> names it: <c>section.key</c>.</summary>
    public string Path => $"{Section}.{Name}";

    /// <summary>The form of its value, for overrides.</summary>
    public abstract RawKind Form { get; }

    /// <summary>True where it may be written as a list of sections, <c>[[section.key]]</c>.</summary>
    public abstract bool TakesTables { get; }

    /// <summary>True for a section whose keys are names that the operator chooses.</summary>
    public virtual bool TakesAnyName => false;

    /// <summary>What may be written.</summary>
    public abstract string Range { get; }

    /// <summary>The default as TOML.</summary>
    public abstract string DefaultText { get; }

    /// <summary>The value where the key is not set.</summary>
    public abstract object? Default { get; }

    /// <summary>Reads a value and checks it; faults say where and what.</summary>
    public abstract bool TryRead(RawValue raw, FaultList faults, out object? value);

    /// <inheritdoc/>
    public override string ToString() => $"[{Section}] {Name}";
}
