namespace Sluice.Daemon.Configuration;

/// <summary>The place of a setting: in a file, in an environment variable, or in a <c>--set</c>.</summary>
/// <param name="Source">File name, variable, or <c>--set section.key</c>.</param>
/// <param name="Line">Line in the file, from 1; 0 = the source has no lines.</param>
/// <param name="Column">Column in the line, from 1, in characters.</param>
internal readonly record struct Origin(string Source, int Line = 0, int Column = 0)
{
    /// <summary>Returns <c>FILE:LINE:COLUMN</c>, or the source alone.</summary>
    public override string ToString() => Line > 0 ? $"{Source}:{Line}:{Column}" : Source;
}
