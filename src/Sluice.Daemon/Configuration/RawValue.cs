namespace Sluice.Daemon.Configuration;

/// <summary>A value as it was written, before anyone asked whether its key takes such a one.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Content">A <see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/> or list of values, by kind.</param>
/// <param name="Origin">Where it stands.</param>
internal sealed record RawValue(RawKind Kind, object? Content, Origin Origin)
{
    /// <summary>The content of a <see cref="RawKind.Text"/>.</summary>
    public string Text => (string)Content!;

    /// <summary>The items of a <see cref="RawKind.List"/>.</summary>
    public IReadOnlyList<RawValue> Items => (IReadOnlyList<RawValue>)Content!;

    /// <summary>For "found …".</summary>
    public string Describe() => Kind switch
    {
        RawKind.Text => $"the text {Quoted.Text(Text)}",
        RawKind.WholeNumber or RawKind.Number => FormattableString.Invariant($"the number {Content}"),
        RawKind.Truth => (bool)Content! ? "true" : "false",
        RawKind.List => "a list",
        RawKind.Table => "a table",
        _ => "a date or time",
    };
}
