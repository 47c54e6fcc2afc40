using dnlib.DotNet;
using dnlib.DotNet.Emit;

namespace Sluice.House;

/// <summary>The types that a type's declaration, members and code name.</summary>
internal static class TypeUses
{
    /// <summary>Returns them, each as often as it is named; types of other assemblies are left out.</summary>
    public static IEnumerable<TypeDef> Of(TypeDef type) => Named(type).SelectMany(Definitions);

    private static IEnumerable<IType?> Named(TypeDef type)
    {
        yield return type.BaseType;
        foreach (InterfaceImpl implemented in type.Interfaces)
        {
            yield return implemented.Interface;
        }

        foreach (GenericParam parameter in type.GenericParameters)
        {
            foreach (GenericParamConstraint constraint in parameter.GenericParamConstraints)
            {
                yield return constraint.Constraint;
            }
        }

        foreach (FieldDef field in type.Fields)
        {
            yield return field.FieldType;
        }

        foreach (IType? named in type.Methods.SelectMany(Named))
        {
            yield return named;
        }
    }

    private static IEnumerable<IType?> Named(MethodDef method)
    {
        foreach (TypeSig parameter in method.MethodSig.Params.Append(method.MethodSig.RetType))
        {
            yield return parameter;
        }

        if (method.Body is not { } body)
        {
            yield break;
        }

        foreach (Local local in body.Variables)
        {
            yield return local.Type;
        }

        foreach (Instruction instruction in body.Instructions)
        {
            foreach (IType? named in Named(instruction.Operand))
            {
                yield return named;
            }
        }
    }

    private static IEnumerable<IType?> Named(object? operand)
    {
        switch (operand)
        {
            case IType type:
                yield return type;
                break;
            case MethodSpec generic:
                yield return generic.DeclaringType;
                foreach (TypeSig argument in generic.GenericInstMethodSig.GenericArguments)
                {
                    yield return argument;
                }

                break;
            case IMemberRef member:
                yield return member.DeclaringType;
                break;
        }
    }

    private static IEnumerable<TypeDef> Definitions(IType? type)
    {
        switch (type)
        {
            case TypeDef definition:
                yield return definition;
                break;
            case TypeSpec { TypeSig: { } signature }:
                foreach (TypeDef inner in Definitions(signature))
                {
                    yield return inner;
                }

                break;
            case TypeDefOrRefSig { TypeDef: { } definition }:
                yield return definition;
                break;
            case GenericInstSig generic:
                foreach (TypeDef inner in generic.GenericArguments.SelectMany(Definitions).Concat(Definitions(generic.GenericType)))
                {
                    yield return inner;
                }

                break;
            case NonLeafSig { Next: { } next }:
                foreach (TypeDef inner in Definitions(next))
                {
                    yield return inner;
                }

                break;
        }
    }
}
