#if !NET
namespace System.Runtime.CompilerServices;

/// <summary>Init-only properties need this type, which netstandard2.1 lacks.</summary>
internal static class IsExternalInit
{
}
#endif
