using Microsoft.Extensions.Logging;

namespace Sluice.Registries.Dns;

internal static partial class DnsLog
{
    [LoggerMessage(40, LogLevel.Warning, "dns: name servers do not answer ({Problem}); names that are known still route")]
    public static partial void Away(ILogger logger, string problem);

    [LoggerMessage(41, LogLevel.Information, "dns: name servers answer for {Suffix}")]
    public static partial void Answers(ILogger logger, string suffix);
}
