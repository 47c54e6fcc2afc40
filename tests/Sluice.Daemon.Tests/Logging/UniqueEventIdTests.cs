using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Sluice.Daemon.Tests.Logging;

/// <summary>Operators filter and alert by event id, and everything is logged in one category.</summary>
public class UniqueEventIdTests
{
    [Fact]
    public void Every_log_event_has_an_id_of_its_own()
    {
        Assembly program = typeof(Sluice.Daemon.Logging.GatewayLogging).Assembly;
        IEnumerable<Assembly> assemblies =
            program.GetReferencedAssemblies().Where(
                name => name.Name!.StartsWith("Sluice.", StringComparison.Ordinal)).Select(Assembly.Load).Append(program);
        (int Id, string Event)[] events =
        [
            .. assemblies.SelectMany(assembly => assembly.GetTypes())
                .SelectMany(
                    type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                .Select(
                    method => (
                        method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId ?? -1, $"{method.DeclaringType!.Name}.{method.Name}"))
                .Where(found => found.Item1 >= 0),
        ];

        Assert.True(events.Length > 40, $"only {events.Length} events were found");
        Assert.Empty(
            events.GroupBy(found => found.Id).Where(group => group.Count() > 1).Select(
                group => $"{group.Key}: {string.Join(", ", group.Select(found => found.Event))}"));
    }
}
