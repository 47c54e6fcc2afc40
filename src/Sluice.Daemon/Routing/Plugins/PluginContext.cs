using System.Reflection;
using System.Runtime.Loader;

namespace Sluice.Daemon.Routing.Plugins;

/// <summary>Where one plug-in is loaded: with packages of its own, in versions of its own, beside those of the program and of other plug-ins.</summary>
internal sealed class PluginContext(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path))
{
    /// <summary>Both sides must mean the same types, or a plug-in's strategy would be none for the program.</summary>
    private static readonly HashSet<string> Shared = new(StringComparer.OrdinalIgnoreCase)
    {
        "Sluice.Gateway", "Sluice.Transport", "Sluice.Kcp", "Microsoft.Extensions.Logging.Abstractions",
    };

    private readonly AssemblyDependencyResolver _dependencies = new(path);

    /// <summary>Null is the program's own: what is shared, the framework, and what the plug-in does not bring.</summary>
    protected override Assembly? Load(AssemblyName assemblyName) =>
        !Shared.Contains(assemblyName.Name ?? "") && _dependencies.ResolveAssemblyToPath(assemblyName) is { } file ? LoadFromAssemblyPath(file) : null;

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _dependencies.ResolveUnmanagedDllToPath(unmanagedDllName) is { } file ? LoadUnmanagedDllFromPath(file) : 0;
}
