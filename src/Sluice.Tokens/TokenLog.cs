using Microsoft.Extensions.Logging;
using Sluice.Transport;

namespace Sluice.Tokens;

/// <summary>What is logged about tokens: never a part of one.</summary>
internal static partial class TokenLog
{
    [LoggerMessage(300, LogLevel.Warning,
        "[jwt] verify = false: no signature is looked at, so every client can name every backend that the policy allows. Write verify = true and a key_file")]
    public static partial void NotVerified(ILogger logger);

    [LoggerMessage(303, LogLevel.Warning, "[jwt] {File} can be read by every user of this machine; take that right away (chmod o-r)")]
    public static partial void SecretIsOpen(ILogger logger, string file);

    [LoggerMessage(304, LogLevel.Debug, "The token of {Client} is refused: {Problem}")]
    public static partial void Refused(ILogger logger, NetworkAddress client, string problem);

    [LoggerMessage(305, LogLevel.Warning,
        "[jwt] one_time: {Count} tokens that were used are still good and must be remembered, clients are refused with busy. Make tokens that live shorter, or raise one_time_capacity")]
    public static partial void UsedTokensFull(ILogger logger, int count);

    [LoggerMessage(306, LogLevel.Warning, "[jwt] {File}: keys that cannot be used are passed over, and tokens signed with them refused: {Keys}")]
    public static partial void KeysPassedOver(ILogger logger, string file, string keys);
}
