namespace Sluice.Daemon.Configuration;

/// <summary>A kind of values: how one is read, the range, and how one is written in TOML.</summary>
/// <typeparam name="T">The type that the rest of the program uses.</typeparam>
internal abstract class ValueKind<T>
{
    /// <summary>The form in which overrides are read: a text needs no quotes.</summary>
    public abstract RawKind Form { get; }

    /// <summary>The values that may be written, for messages and for the documentation: "a whole number from 0 to 65535".</summary>
    public abstract string Range { get; }

    /// <summary>Whether it may be written as a list of sections, <c>[[section.name]]</c>.</summary>
    public virtual bool TakesTables => false;

    /// <summary>Returns the value as TOML.</summary>
    public abstract string Write(T value);

    /// <summary>Reads a value. Reports a fault with its place and returns false if it is wrong.</summary>
    public abstract bool TryRead(RawValue raw, Action<Origin, string> fault, out T value);

    /// <summary>Reports that a value has another form.</summary>
    protected void WrongForm(RawValue raw, Action<Origin, string> fault)
    {
        bool quoted = raw.Kind == RawKind.Text && Form is not (RawKind.Text or RawKind.List) && raw.Origin.Line > 0;
        fault(raw.Origin, $"found {raw.Describe()}; write {Range}{(quoted ? ", without quotes" : "")}");
    }
}
