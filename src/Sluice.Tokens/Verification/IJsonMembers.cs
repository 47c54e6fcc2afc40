using System.Text.Json;

namespace Sluice.Tokens.Verification;

/// <summary>Receives the members of a JSON object, one by one.</summary>
internal interface IJsonMembers
{
    /// <summary>Takes a member. Returns false if its value is invalid.</summary>
    /// <param name="name">Its name, unescaped.</param>
    /// <param name="value">On the first token of the value. Leave it on the last one, as <see cref="StrictJson.TrySkip"/> does.</param>
    bool TryTake(string name, ref Utf8JsonReader value);
}
