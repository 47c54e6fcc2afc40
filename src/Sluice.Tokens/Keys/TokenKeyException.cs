namespace Sluice.Tokens.Keys;

/// <summary>A key file cannot be used. The message says why and how to fix it, without any part of the key.</summary>
/// <param name="file">The file.</param>
/// <param name="problem">The problem, and how to fix it.</param>
/// <param name="inner">The system's exception, if any.</param>
public sealed class TokenKeyException(string file, string problem, Exception? inner = null) : IOException($"{file}: {problem}", inner)
{
    /// <summary>The file.</summary>
    public string File { get; } = file;

    /// <summary>The problem and how to fix it, without the file's name.</summary>
    public string Problem { get; } = problem;
}
