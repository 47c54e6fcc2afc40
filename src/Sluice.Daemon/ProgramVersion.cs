using System.Reflection;

namespace Sluice.Daemon;

/// <summary>The version of this program.</summary>
internal static class ProgramVersion
{
    /// <summary>For example <c>1.2.0</c>, without what the build appends after a plus.</summary>
    public static string Text { get; } = (typeof(ProgramVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];
}
