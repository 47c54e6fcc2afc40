using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Sluice.Gateway.Routing;

namespace Sluice.Daemon.Tests.Kit;

/// <summary>Writes plug-ins as careless people build them.</summary>
internal static class PluginWriter
{
    private const MethodAttributes Implementing =
        MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot;

    /// <summary>Writes an assembly with these strategies.</summary>
    public static void Write(string path, params PluginClass[] classes)
    {
        PersistedAssemblyBuilder assembly = New(path, out ModuleBuilder module);
        foreach (PluginClass plugin in classes)
        {
            Define(module.DefineType(plugin.Type, plugin.Attributes, typeof(object), [typeof(IBackendResolver)]), plugin);
        }

        assembly.Save(path);
    }

    /// <summary>
    /// Writes an assembly whose strategy is derived from a class of another one, or is made with it; that one is not there.
    /// </summary>
    public static void WriteWithoutItsPackage(string path, bool isDerived)
    {
        _ = New("Absent.dll", out ModuleBuilder absent);
        TypeBuilder other = absent.DefineType("Absent.Other", TypeAttributes.Public);
        other.CreateType();
        PersistedAssemblyBuilder assembly = New(path, out ModuleBuilder module);
        Define(
            module.DefineType("Mine.A", TypeAttributes.Public, isDerived ? other : typeof(object), [typeof(IBackendResolver)]),
            new PluginClass("Mine.A", "a") { Parameters = isDerived ? [] : [other] });
        assembly.Save(path);
    }

    /// <summary>Copies an assembly, as if it was built against another version of what it refers to.</summary>
    public static void CopyBuiltFor(string source, string path, string reference, Version version)
    {
        byte[] bytes = File.ReadAllBytes(source);
        using var file = new PEReader(new MemoryStream(bytes));
        MetadataReader metadata = file.GetMetadataReader();
        AssemblyReferenceHandle found = metadata.AssemblyReferences.Single(handle =>
            metadata.StringComparer.Equals(metadata.GetAssemblyReference(handle).Name, reference));
        int row = file.PEHeaders.MetadataStartOffset + metadata.GetTableMetadataOffset(TableIndex.AssemblyRef)
            + ((MetadataTokens.GetRowNumber(found) - 1) * metadata.GetTableRowSize(TableIndex.AssemblyRef));
        foreach ((int index, int part) in new[] { version.Major, version.Minor, version.Build, version.Revision }.Index())
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(row + (2 * index)), (ushort)part);
        }

        File.WriteAllBytes(path, bytes);
    }

    private static PersistedAssemblyBuilder New(string path, out ModuleBuilder module)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        var assembly = new PersistedAssemblyBuilder(new AssemblyName(name), typeof(object).Assembly);
        module = assembly.DefineDynamicModule(name);
        return assembly;
    }

    private static void Define(TypeBuilder type, PluginClass plugin)
    {
        ILGenerator constructor = type.DefineConstructor(
            MethodAttributes.Public, CallingConventions.HasThis, plugin.Parameters).GetILGenerator();
        Throw(constructor, plugin, ".ctor");
        constructor.Emit(OpCodes.Ret);

        MethodBuilder name = type.DefineMethod("get_Name", Implementing | MethodAttributes.SpecialName, typeof(string), []);
        Throw(name.GetILGenerator(), plugin, "get_Name");
        name.GetILGenerator().Emit(OpCodes.Ldstr, plugin.Strategy);
        name.GetILGenerator().Emit(OpCodes.Ret);

        DefineEmpty(type, plugin, nameof(IBackendResolver.ResolveAsync));
        if (plugin.Throws == nameof(IBackendResolver.StopAsync))
        {
            DefineEmpty(type, plugin, nameof(IBackendResolver.StopAsync));
        }

        type.CreateType();
    }

    private static void DefineEmpty(TypeBuilder type, PluginClass plugin, string method)
    {
        MethodInfo declared = typeof(IBackendResolver).GetMethod(method)!;
        ILGenerator code = type.DefineMethod(
            method, Implementing, declared.ReturnType, [
                .. declared.GetParameters().Select(parameter => parameter.ParameterType),
            ]).GetILGenerator();
        LocalBuilder result = code.DeclareLocal(declared.ReturnType);
        Throw(code, plugin, method);
        code.Emit(OpCodes.Ldloc, result);
        code.Emit(OpCodes.Ret);
    }

    private static void Throw(ILGenerator code, PluginClass plugin, string method)
    {
        if (plugin.Throws == method)
        {
            code.Emit(OpCodes.Ldstr, $"{method}\nis broken");
            code.Emit(OpCodes.Newobj, typeof(InvalidOperationException).GetConstructor([typeof(string)])!);
            code.Emit(OpCodes.Throw);
        }
    }
}
