namespace Sluice.Tokens.Keys;

/// <summary>A key file cannot be used. The message says why, and the remedy; nothing of the key is in it.</summary>
/// <param name="file">The file.</param>
/// <param name="problem">What is wrong with it, and the remedy.</param>
/// <param name="inner">What the system said, if anything.</param>
public sealed class TokenKeyException(string file, string problem, Exception? inner = null) : IOException($"{file}: {problem}", inner)
{
    /// <summary>The file.</summary>
    public string File { get; } = file;

    /// <summary>What is wrong with it, and the remedy, without the file's name.</summary>
    public string Problem { get; } = problem;
}
