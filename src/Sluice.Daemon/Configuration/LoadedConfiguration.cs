namespace Sluice.Daemon.Configuration;

/// <summary>A configuration as it was read: settings, and what is wrong with it. With faults it must not be run.</summary>
/// <param name="settings">The settings.</param>
/// <param name="faults">What is wrong.</param>
/// <param name="warnings">What is only doubtful.</param>
internal sealed class LoadedConfiguration(Settings settings, FaultList faults, IReadOnlyList<ConfigurationFault>? warnings = null)
{
    /// <summary>The settings; where there are faults, those that could be read.</summary>
    public Settings Settings { get; } = settings;

    /// <summary>The faults in the order of the file, then the environment's and the command line's.</summary>
    public IReadOnlyList<ConfigurationFault> Faults { get; } = faults.ToList();

    /// <summary>What is doubtful, but does not keep it from being run.</summary>
    public IReadOnlyList<ConfigurationFault> Warnings { get; } = warnings ?? [];

    /// <summary>True where it can be run.</summary>
    public bool IsValid => Faults.Count == 0;

    /// <summary>One line per fault, for people.</summary>
    public IEnumerable<string> Describe()
    {
        foreach (ConfigurationFault fault in Faults)
        {
            yield return fault.ToString();
        }

        if (faults.NotKept > 0)
        {
            yield return FormattableString.Invariant($"{faults.NotKept} more faults are not listed");
        }
    }
}
