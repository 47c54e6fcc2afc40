namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>What a key may be set to: how it is read, what its range is, and how it is written in TOML.</summary>
/// <typeparam name="T">What the rest of the program gets.</typeparam>
internal abstract class ValueKind<T>
{
    /// <summary>The form that overrides are read as: a text is then taken as it stands.</summary>
    public abstract RawKind Form { get; }

    /// <summary>What may be written, for messages and for the documentation: "a whole number from 0 to 65535".</summary>
    public abstract string Range { get; }

    /// <summary>True where it may be written as a list of sections, <c>[[section.key]]</c>.</summary>
    public virtual bool TakesTables => false;

    /// <summary>The value as TOML.</summary>
    public abstract string Write(T value);

    /// <summary>Reads a value; says what is wrong and where, if it is.</summary>
    public abstract bool TryRead(RawValue raw, Action<Origin, string> fault, out T value);

    /// <summary>The fault of a value that has another form.</summary>
    protected void WrongForm(RawValue raw, Action<Origin, string> fault)
    {
        bool quoted = raw.Kind == RawKind.Text && Form is not (RawKind.Text or RawKind.List) && raw.Origin.Line > 0;
        fault(raw.Origin, $"found {raw.Describe()}; write {Range}{(quoted ? ", without quotes" : "")}");
    }
}
