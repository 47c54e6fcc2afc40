using Sluice.Testing.Programs;

namespace Sluice.House.Documents;

/// <summary>The files of the repository that people write.</summary>
internal static class SourceTree
{
    private static readonly string[] SkippedFolders =
        ["bin", "obj", "artifacts", "log", "node_modules", "TestResults", "BenchmarkDotNet.Artifacts"];

    /// <summary>Returns the sorted paths of the files with an extension, relative to the root, with forward slashes.</summary>
    /// <param name="extension">The extension with its dot.</param>
    public static IReadOnlyList<string> Files(string extension) =>
        [.. Walk(new DirectoryInfo(Repository.Root), extension)
            .Select(file => Path.GetRelativePath(Repository.Root, file.FullName).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)];

    /// <summary>Reads the lines of a file.</summary>
    /// <param name="file">A path as <see cref="Files"/> returns it.</param>
    public static string[] ReadLines(string file) => File.ReadAllLines(Path.Combine(Repository.Root, file));

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder, string extension) =>
        folder.GetFiles("*" + extension).Concat(folder.GetDirectories().Where(IsWritten).SelectMany(inner => Walk(inner, extension)));

    private static bool IsWritten(DirectoryInfo folder) =>
        !folder.Name.StartsWith('.') && !SkippedFolders.Contains(folder.Name, StringComparer.Ordinal);
}
