namespace Sluice.Daemon.Configuration;

/// <summary>A value as it is written, not yet compared with the kind of its setting.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Content">
/// By kind: a <see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, a list of values, or the list of
/// <see cref="RawSetting"/>s of a table.
/// </param>
/// <param name="Origin">Its place.</param>
internal sealed record RawValue(RawKind Kind, object? Content, Origin Origin)
{
    /// <summary>The content of a <see cref="RawKind.Text"/>.</summary>
    public string Text => (string)Content!;

    /// <summary>The items of a <see cref="RawKind.List"/>.</summary>
    public IReadOnlyList<RawValue> Items => (IReadOnlyList<RawValue>)Content!;

    /// <summary>The content of a <see cref="RawKind.Table"/>.</summary>
    public IReadOnlyList<RawSetting> Fields => (IReadOnlyList<RawSetting>)Content!;

    /// <summary>Returns the same value with one place for all of it.</summary>
    public RawValue At(Origin origin) => new(
        Kind,
        Kind switch
        {
            RawKind.List => Items.Select(item => item.At(origin)).ToList(),
            RawKind.Table => Fields.Select(field => field with { Origin = origin, Value = field.Value?.At(origin) }).ToList(),
            _ => Content,
        },
        origin);

    /// <summary>Returns what it is, for messages that begin with "found".</summary>
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
