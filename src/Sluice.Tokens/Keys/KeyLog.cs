using Microsoft.Extensions.Logging;

namespace Sluice.Tokens.Keys;

/// <summary>Log messages about key files. No message contains a part of a key.</summary>
internal static partial class KeyLog
{
    [LoggerMessage(301, LogLevel.Information, "[jwt] {File}: the new key is in use ({Keys})")]
    public static partial void Renewed(ILogger logger, string file, string keys);

    [LoggerMessage(302, LogLevel.Error, "[jwt] {File}: {Problem}. The key that was read before stays in use")]
    public static partial void NotRenewed(ILogger logger, string file, string problem);
}
