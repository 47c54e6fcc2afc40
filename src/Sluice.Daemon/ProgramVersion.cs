using System.Reflection;

namespace Sluice.Daemon;

/// <summary>The version of this program.</summary>
internal static class ProgramVersion
{
    /// <summary>For example <c>1.2.0</c>; what the build appends behind a plus is left out.</summary>
    public static string Text { get; } =
        (typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];
}
