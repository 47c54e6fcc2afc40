using System.Text.Json;

namespace Sluice.Registries.Kubernetes;

/// <summary>Reads JSON that may hold anything. A missing field, or one of another kind, is null.</summary>
internal static class Json
{
    public static JsonElement? Field(JsonElement? parent, string name)
    {
        try
        {
            return parent is { ValueKind: JsonValueKind.Object } there && there.TryGetProperty(name, out JsonElement field) ? field : null;
        }
        catch (InvalidOperationException)
        {
            // The name of another field is not Unicode (half a surrogate pair).
            return null;
        }
    }

    public static string? Text(JsonElement? parent, string name)
    {
        try
        {
            return Field(parent, name) is { ValueKind: JsonValueKind.String } field ? field.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // The text is not Unicode.
            return null;
        }
    }

    public static int? Number(JsonElement? parent, string name) =>
        Field(parent, name) is { ValueKind: JsonValueKind.Number } field
        && field.TryGetDecimal(out decimal number)
        && number == decimal.Truncate(number)
        && number is >= int.MinValue and <= int.MaxValue
            ? (int)number
            : null;

    public static IEnumerable<JsonElement> Items(JsonElement? parent, string name) =>
        Field(parent, name) is { ValueKind: JsonValueKind.Array } field ? field.EnumerateArray() : [];
}
