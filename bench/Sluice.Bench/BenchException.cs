namespace Sluice.Bench;

/// <summary>An error that the user can fix. Only its message is shown.</summary>
internal sealed class BenchException(string message) : Exception(message);
