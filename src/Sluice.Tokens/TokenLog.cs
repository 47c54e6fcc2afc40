using Microsoft.Extensions.Logging;
using Sluice.Transport;

namespace Sluice.Tokens;

/// <summary>Log messages about tokens. No message contains a part of a token.</summary>
internal static partial class TokenLog
{
    [LoggerMessage(300, LogLevel.Warning,
        "[jwt] verify = false: signatures are not verified, so every client can name every backend that the policy allows. "
        + "Set verify = true and a key_file")]
    public static partial void NotVerified(ILogger logger);

    [LoggerMessage(303, LogLevel.Warning, "[jwt] {File} can be read by every user of this machine; remove that permission (chmod o-r)")]
    public static partial void SecretIsOpen(ILogger logger, string file);

    [LoggerMessage(304, LogLevel.Debug, "The token of {Client} is rejected: {Problem}")]
    public static partial void Rejected(ILogger logger, NetworkAddress client, string problem);

    [LoggerMessage(305, LogLevel.Warning,
        "[jwt] one_time: {Count} used tokens are still valid and must be remembered, so clients are rejected with busy. "
        + "Issue tokens with a shorter lifetime, or raise one_time_capacity")]
    public static partial void UsedTokensFull(ILogger logger, int count);

    [LoggerMessage(306, LogLevel.Warning, "[jwt] {File}: some keys cannot be used, and tokens signed with them are rejected: {Keys}")]
    public static partial void KeysSkipped(ILogger logger, string file, string keys);
}
