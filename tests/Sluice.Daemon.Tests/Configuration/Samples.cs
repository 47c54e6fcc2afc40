namespace Sluice.Daemon.Tests.Configuration;

/// <summary>Values of one setting.</summary>
/// <param name="Good">TOML that is accepted, and what it reads as.</param>
/// <param name="Bad">TOML that is not, and a part of the fault.</param>
internal sealed record Samples((string Toml, object? Value)[] Good, (string Toml, string Fault)[] Bad);
