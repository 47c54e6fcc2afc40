namespace Sluice.Daemon.Configuration;

/// <summary>A configuration that was read: settings and faults. It must not be run if there are faults.</summary>
/// <param name="settings">The settings.</param>
/// <param name="faults">The faults and warnings.</param>
internal sealed class LoadedConfiguration(Settings settings, FaultList faults)
{
    /// <summary>The settings; if there are faults, those that could be read.</summary>
    public Settings Settings { get; } = settings;

    /// <summary>The faults in the order of the file, then those of the environment and the command line.</summary>
    public IReadOnlyList<ConfigurationFault> Faults { get; } = faults.ToList();

    /// <summary>Doubtful settings that do not keep the configuration from being run.</summary>
    public IReadOnlyList<ConfigurationFault> Warnings => faults.Warnings;

    /// <summary>Whether it can be run.</summary>
    public bool IsValid => Faults.Count == 0;

    /// <summary>Returns a line for each fault.</summary>
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
