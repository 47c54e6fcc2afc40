using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Kit;

/// <summary>Outputs of the examples.</summary>
internal static class Example
{
    /// <summary>The assembly of examples/PluginResolver, built as these tests are.</summary>
    public static string Plugin { get; } = Path.Combine(
        Repository.Root, "examples", "PluginResolver", Path.GetRelativePath(ProjectFolder, AppContext.BaseDirectory), "PluginResolver.dll");

    private static string ProjectFolder => Path.Combine(Repository.Root, "tests", "Sluice.Daemon.Tests");
}
