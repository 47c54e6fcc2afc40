using Microsoft.Extensions.Logging;

namespace Sluice.Registries;

/// <summary>Log messages of single registries. Those of all registries are in the gateway.</summary>
internal static partial class RegistriesLog
{
    [LoggerMessage(49, LogLevel.Warning,
        "{Registry} sends no notifications ({Setting}), and they cannot be turned on ({Problem}): every node is read again each second. "
        + "Set {Setting} to \"{Needed}\" on the server and allow CONFIG GET")]
    public static partial void NoNotifications(ILogger logger, string registry, string setting, string problem, string needed);
}
