namespace Sluice.Transport.Tls;

/// <summary>Certificates and keys that were read from files, and can be read again.</summary>
internal interface ITlsFiles
{
    /// <summary>Every file that is read.</summary>
    IReadOnlyList<string> Files { get; }

    /// <summary>The state of the files before they were read first.</summary>
    string FilesWhenRead { get; }

    /// <summary>Reads every file again. Callable from any thread.</summary>
    /// <exception cref="TlsFileException">One cannot be used; everything stays as it was.</exception>
    void Reload();

    /// <summary>Returns doubts about the certificates, such as one that expires soon, each with its file.</summary>
    /// <param name="now">The present time.</param>
    IEnumerable<(string File, string Problem)> Doubts(DateTimeOffset now);
}
