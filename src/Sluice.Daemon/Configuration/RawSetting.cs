namespace Sluice.Daemon.Configuration;

/// <summary>A setting as it is written: section, key and value, not yet compared with the table.</summary>
/// <param name="Section">Section, nested ones joined by dots; empty = the key is outside of every section.</param>
/// <param name="Key">Key.</param>
/// <param name="Origin">The place of the key.</param>
/// <param name="Value">The value; null = a header of a section.</param>
internal readonly record struct RawSetting(string Section, string Key, Origin Origin, RawValue? Value);
