#if !NET
namespace System.Runtime.CompilerServices;

/// <summary>The compiler asks for this type by name for init-only properties; netstandard2.1 does not have it.</summary>
internal static class IsExternalInit
{
}
#endif
