using System.Text.Json;

namespace Sluice.Tokens.Verification;

/// <summary>Takes the members of a JSON object, one by one.</summary>
internal interface IJsonMembers
{
    /// <summary>Takes a member; false where its value cannot be.</summary>
    /// <param name="name">Its name, unescaped.</param>
    /// <param name="value">Stands on the first token of the value, and must be left on its last one; <see cref="StrictJson.TrySkip"/> does that.</param>
    bool TryTake(string name, ref Utf8JsonReader value);
}
