namespace Sluice.Daemon.Configuration;

/// <summary>One setting as it was written: section, key and value, not yet checked against what is known.</summary>
/// <param name="Section">Section, nested ones joined by dots; empty for a key that stands outside of every section.</param>
/// <param name="Key">Key.</param>
/// <param name="Origin">Where the key stands.</param>
/// <param name="Value">The value; null for a section that was only named.</param>
internal readonly record struct RawSetting(string Section, string Key, Origin Origin, RawValue? Value);
