namespace Sluice.Daemon.Configuration;

/// <summary>A value as it was written, before anyone asked whether its key takes such a one.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Content">A <see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/> list of values or, of a table, list of <see cref="RawSetting"/>s, by kind.</param>
/// <param name="Origin">Where it stands.</param>
internal sealed record RawValue(RawKind Kind, object? Content, Origin Origin)
{
    /// <summary>The content of a <see cref="RawKind.Text"/>.</summary>
    public string Text => (string)Content!;

    /// <summary>The items of a <see cref="RawKind.List"/>.</summary>
    public IReadOnlyList<RawValue> Items => (IReadOnlyList<RawValue>)Content!;

    /// <summary>What stands in a <see cref="RawKind.Table"/>.</summary>
    public IReadOnlyList<RawSetting> Fields => (IReadOnlyList<RawSetting>)Content!;

    /// <summary>The same value as if all of it stood in one place.</summary>
    public RawValue At(Origin origin) => new(
        Kind,
        Kind switch
        {
            RawKind.List => Items.Select(item => item.At(origin)).ToList(),
            RawKind.Table => Fields.Select(field => field with { Origin = origin, Value = field.Value?.At(origin) }).ToList(),
            _ => Content,
        },
        origin);

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
