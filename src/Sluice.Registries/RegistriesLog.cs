using Microsoft.Extensions.Logging;

namespace Sluice.Registries;

/// <summary>What registries say in the log beside what is said of all of them alike.</summary>
internal static partial class RegistriesLog
{
    [LoggerMessage(49, LogLevel.Warning,
        "{Registry} neither tells of changes ({Setting}) nor lets us turn that on ({Problem}): every node is read anew each second. Set {Setting} to \"{Needed}\" on the server and allow CONFIG GET")]
    public static partial void NoNotifications(ILogger logger, string registry, string setting, string problem, string needed);
}
