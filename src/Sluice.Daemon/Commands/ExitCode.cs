namespace Sluice.Daemon.Commands;

/// <summary>Exit codes of the program.</summary>
internal static class ExitCode
{
    /// <summary>The command succeeded; a gateway was drained.</summary>
    public const int Success = 0;

    /// <summary>The configuration or the command line is wrong, or the gateway cannot start for another reason.</summary>
    public const int Failure = 1;

    /// <summary>An address to listen on is in use.</summary>
    public const int AddressInUse = 2;
}
