namespace Sluice.Daemon.Configuration;

/// <summary>A fault of the configuration: its place, and a message with the remedy.</summary>
internal readonly record struct ConfigurationFault(Origin Origin, string Message)
{
    /// <summary>Returns one line: <c>FILE:LINE:COLUMN: message</c>.</summary>
    public override string ToString() => $"{Origin}: {Message}";
}
