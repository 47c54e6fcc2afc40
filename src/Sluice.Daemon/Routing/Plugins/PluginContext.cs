using System.Reflection;
using System.Runtime.Loader;

namespace Sluice.Daemon.Routing.Plugins;

/// <summary>Loads one plug-in, which may have other versions of packages than the program and other plug-ins.</summary>
internal sealed class PluginContext(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path))
{
    /// <summary>Assemblies whose types both sides share, or a plug-in's strategy would not be one for the program.</summary>
    private static readonly HashSet<string> Shared = new(StringComparer.OrdinalIgnoreCase)
    {
        "Sluice.Gateway", "Sluice.Transport", "Sluice.Kcp", "Microsoft.Extensions.Logging.Abstractions",
    };

    private readonly AssemblyDependencyResolver _dependencies = new(path);

    /// <summary>Returns null for what the program has: shared assemblies, the framework, and what the plug-in lacks.</summary>
    protected override Assembly? Load(AssemblyName assemblyName) =>
        !Shared.Contains(assemblyName.Name ?? "") && _dependencies.ResolveAssemblyToPath(assemblyName) is { } file
            ? LoadFromAssemblyPath(file)
            : null;

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _dependencies.ResolveUnmanagedDllToPath(unmanagedDllName) is { } file ? LoadUnmanagedDllFromPath(file) : 0;
}
