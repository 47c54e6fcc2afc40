namespace Sluice.Daemon.Configuration;

/// <summary>A setting: a row in the table of its section.</summary>
/// <param name="section">Its section, nested ones joined by dots.</param>
/// <param name="name">Its name.</param>
/// <param name="sentence">A description, in Markdown.</param>
internal abstract class Setting(string section, string name, string sentence)
{
    public string Section { get; } = section;

    public string Name { get; } = name;

    /// <summary>A description, in one to three sentences.</summary>
    public string Sentence { get; } = sentence;

    /// <summary>The name that <c>--set</c> takes: <c>section.name</c>.</summary>
    public string Path => $"{Section}.{Name}";

    /// <summary>The form of its value, for overrides.</summary>
    public abstract RawKind Form { get; }

    /// <summary>Whether it may be written as a list of sections, <c>[[section.name]]</c>.</summary>
    public abstract bool TakesTables { get; }

    /// <summary>Whether its section takes any name, chosen by the operator.</summary>
    public virtual bool TakesAnyName => false;

    /// <summary>The values that may be written.</summary>
    public abstract string Range { get; }

    /// <summary>The default as TOML.</summary>
    public abstract string DefaultText { get; }

    /// <summary>The value if the setting is not written.</summary>
    public abstract object? Default { get; }

    /// <summary>Reads a value and checks it. Adds a fault and returns false if it is wrong.</summary>
    public abstract bool TryRead(RawValue raw, FaultList faults, out object? value);

    /// <inheritdoc/>
    public override string ToString() => $"[{Section}] {Name}";
}
