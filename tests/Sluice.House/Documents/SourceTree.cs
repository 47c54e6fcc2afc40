namespace Sluice.House.Documents;

/// <summary>The files of the repository that people write.</summary>
internal static class SourceTree
{
    private static readonly string[] SkippedFolders =
        ["bin", "obj", "artifacts", "log", "node_modules", "TestResults", "BenchmarkDotNet.Artifacts"];

    /// <summary>The folder with Sluice.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Returns the files with an extension, sorted, as paths relative to <see cref="Root"/> with forward slashes.</summary>
    /// <param name="extension">The extension with its dot.</param>
    public static IReadOnlyList<string> Files(string extension) =>
        [.. Walk(new DirectoryInfo(Root), extension)
            .Select(file => Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)];

    /// <summary>Reads the lines of a file.</summary>
    /// <param name="file">A path relative to <see cref="Root"/>.</param>
    public static string[] ReadLines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder, string extension) =>
        folder.GetFiles("*" + extension).Concat(folder.GetDirectories().Where(IsWritten).SelectMany(inner => Walk(inner, extension)));

    private static bool IsWritten(DirectoryInfo folder) =>
        !folder.Name.StartsWith('.') && !SkippedFolders.Contains(folder.Name, StringComparer.Ordinal);

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Sluice.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
