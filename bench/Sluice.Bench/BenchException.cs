namespace Sluice.Bench;

/// <summary>Something that the person at the keyboard can put right; its message is all that is shown.</summary>
internal sealed class BenchException(string message) : Exception(message);
