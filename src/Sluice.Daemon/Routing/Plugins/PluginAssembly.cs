using System.Reflection;
using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing;

namespace Sluice.Daemon.Routing.Plugins;

/// <summary>Finds the strategies in an assembly and creates one of each.</summary>
internal static class PluginAssembly
{
    private const int MaxNameChars = 100;

    /// <summary>Returns the strategies of an assembly, at least one.</summary>
    /// <exception cref="PluginException">There is none, or one cannot be created.</exception>
    public static IReadOnlyList<Strategy> Load(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
        {
            throw new PluginException("is a directory; name the plug-in's .dll in it");
        }

        if (!File.Exists(full))
        {
            throw new PluginException("does not exist; build the plug-in, or correct the path, which is relative to the working directory");
        }

        Type[] types = [.. Types(full).Where(IsStrategy)];
        return types.Length > 0
            ? [.. types.Select(type => Make(type, path))]
            : throw new PluginException("has no strategy; write a public class that implements IBackendResolver");
    }

    private static bool IsStrategy(Type type) =>
        type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } && type.IsAssignableTo(typeof(IBackendResolver));

    private static Type[] Types(string full)
    {
        try
        {
            Assembly assembly = new PluginContext(full).LoadFromAssemblyPath(full);
            CheckReferences(assembly.GetReferencedAssemblies());
            return assembly.GetExportedTypes();
        }
        catch (BadImageFormatException failure)
        {
            throw new PluginException("is no .NET assembly for this machine; name the .dll of a class library", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new PluginException("cannot be read; check its permissions", failure);
        }
        catch (Exception failure) when (
            failure is IOException or TypeLoadException or InvalidOperationException or ArgumentException or MissingMemberException)
        {
            throw Incomplete(failure);
        }
    }

    private static PluginException Incomplete(Exception failure) => new(
        $"cannot be loaded ({Quoted.Long(failure.Message)}); "
        + "build it with EnableDynamicLoading, and keep everything that the build puts beside it",
        failure);

    /// <summary>Rejects an assembly for a later framework or gateway, which would fail with a message that nobody understands.</summary>
    private static void CheckReferences(AssemblyName[] references)
    {
        if (VersionOf(references, "System.Runtime") is { } framework
            && framework > new Version(Environment.Version.Major, Environment.Version.Minor, int.MaxValue))
        {
            throw new PluginException(
                $"is built for .NET {framework.ToString(2)}, and this program runs on .NET {Environment.Version.ToString(2)}; "
                + $"set its TargetFramework to net{Environment.Version.ToString(2)}");
        }

        AssemblyName ours = typeof(IBackendResolver).Assembly.GetName();
        if (VersionOf(references, ours.Name!) is { } gateway && gateway > ours.Version)
        {
            throw new PluginException(
                $"is built for Sluice {gateway.ToString(3)}, and this is {ours.Version!.ToString(3)}; "
                + "build it for this one, or update this program");
        }
    }

    private static Version? VersionOf(AssemblyName[] references, string name) => references
        .FirstOrDefault(reference => string.Equals(reference.Name, name, StringComparison.OrdinalIgnoreCase))?.Version;

    private static Strategy Make(Type type, string path)
    {
        string known = $"class {Quoted.Plain(type.FullName!, 200)}";
        var log = new PluginLogger();
        ConstructorInfo constructor = ConstructorOf(type)
            ?? throw new PluginException($"{known} cannot be made; give it a public constructor without parameters, or with one ILogger");
        PluginResolver resolver;
        try
        {
            object[] arguments = constructor.GetParameters().Length == 0 ? [] : [log];
            object inner = constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, null);
            resolver = new PluginResolver(path, (IBackendResolver)inner, log);
        }
#pragma warning disable CA1031 // Any fault here is the plug-in's, and is reported as a fault of the configuration.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            throw new PluginException(
                $"{known} cannot be made ({failure.GetType().Name}: {Quoted.Long(failure.Message)}); "
                + "correct its constructor and its Name, and begin work in StartAsync",
                failure);
        }

        if (string.IsNullOrWhiteSpace(resolver.Name) || resolver.Name.Length > MaxNameChars)
        {
            string name = Quoted.Text(resolver.Name ?? "");
            throw new PluginException($"{known} has the Name {name}; give it one of 1 to {MaxNameChars} characters");
        }

        return new Strategy(resolver.Name, (_, logger) =>
        {
            log.Target = logger;
            return resolver;
        });
    }

    private static ConstructorInfo? ConstructorOf(Type type)
    {
        try
        {
            return type.GetConstructor([typeof(ILogger)]) ?? type.GetConstructor(Type.EmptyTypes);
        }
        catch (Exception failure) when (failure is IOException or TypeLoadException)
        {
            throw Incomplete(failure);
        }
    }
}
