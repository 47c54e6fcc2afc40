namespace Sluice.Daemon.Configuration;

/// <summary>One thing that is wrong in the configuration: where, what, and the remedy.</summary>
internal readonly record struct ConfigurationFault(Origin Origin, string Message)
{
    /// <summary>One line: <c>FILE:LINE:COLUMN: message</c>.</summary>
    public override string ToString() => $"{Origin}: {Message}";
}
