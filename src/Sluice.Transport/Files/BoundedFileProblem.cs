namespace Sluice.Transport.Files;

/// <summary>Why a <see cref="BoundedFile"/> has no contents.</summary>
public enum BoundedFileProblem
{
    /// <summary>The file was read.</summary>
    None,

    /// <summary>There is no such file.</summary>
    Missing,

    /// <summary>The path leads to a directory.</summary>
    IsDirectory,

    /// <summary>The file is larger than the limit.</summary>
    TooLarge,

    /// <summary>The system does not let this process read the file.</summary>
    Unreadable,
}
