using System.Reflection;

namespace Sluice.Daemon.Tests.Kit;

/// <summary>A class that <see cref="PluginWriter"/> puts into an assembly.</summary>
/// <param name="Type">Its name.</param>
/// <param name="Strategy">Its <c>Name</c> as a strategy.</param>
internal sealed record PluginClass(string Type, string Strategy)
{
    public TypeAttributes Attributes { get; init; } = TypeAttributes.Public;

    /// <summary>The parameters of its constructor.</summary>
    public Type[] Parameters { get; init; } = [];

    /// <summary>The method that throws, <c>.ctor</c> and <c>get_Name</c> among them; every other does nothing.</summary>
    public string? Throws { get; init; }
}
