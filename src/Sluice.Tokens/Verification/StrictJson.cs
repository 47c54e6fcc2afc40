using System.Text.Json;
using System.Text.Unicode;

namespace Sluice.Tokens.Verification;

/// <summary>Reads a JSON object that has only one meaning: complete, UTF-8, shallow, and without repeated names in any object.</summary>
internal static class StrictJson
{
    private const int MaxMembers = 64;
    private const int MaxDepth = 8;

    private static readonly JsonReaderOptions Options =
        new() { MaxDepth = MaxDepth, AllowTrailingCommas = false, CommentHandling = JsonCommentHandling.Disallow };

    /// <summary>Passes every member of the object on. Returns false if anything is wrong.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, IJsonMembers members)
    {
        if (!Utf8.IsValid(json) || !JsonShape.IsObject(json, MaxDepth))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(json, Options);

            // The last Read throws if anything follows the object.
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && TryReadObject(ref reader, members) && !reader.Read();
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // JsonShape rejects all that the reader rejects. If they ever disagree, the token is rejected.
            return false;
        }
    }

    /// <summary>Skips a value, but checks it for repeated names.</summary>
    public static bool TrySkip(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            return TryReadObject(ref reader, members: null);
        }

        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (!TrySkip(ref reader))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool TryReadObject(ref Utf8JsonReader reader, IJsonMembers? members)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!names.Add(name) || names.Count > MaxMembers)
            {
                return false;
            }

            reader.Read();
            if (!(members?.TryTake(name, ref reader) ?? TrySkip(ref reader)))
            {
                return false;
            }
        }

        return true;
    }
}
