namespace Sluice.Daemon.Configuration;

/// <summary>Collects the faults and warnings of a configuration.</summary>
internal sealed class FaultList
{
    /// <summary>Further faults are only counted: a file of nonsense has thousands.</summary>
    public const int MaxKept = 100;

    private readonly List<ConfigurationFault> _faults = [];
    private readonly List<ConfigurationFault> _warnings = [];
    private readonly HashSet<int> _unreadableLines = [];

    /// <summary>Doubtful settings that are no fault.</summary>
    public IReadOnlyList<ConfigurationFault> Warnings => _warnings;

    /// <summary>Whether there is a fault.</summary>
    public bool Any => _faults.Count > 0;

    /// <summary>Faults beyond <see cref="MaxKept"/>.</summary>
    public int NotKept { get; private set; }

    /// <summary>Adds a fault, unless its line has a fault of syntax.</summary>
    public void Add(Origin origin, string message)
    {
        if (!_unreadableLines.Contains(origin.Line))
        {
            Keep(origin, message);
        }
    }

    /// <summary>Adds a warning.</summary>
    public void Warn(Origin origin, string message) => _warnings.Add(new ConfigurationFault(origin, message));

    /// <summary>Adds a fault of the file's syntax. No other fault of that line is reported.</summary>
    public void AddUnreadable(Origin origin, string message)
    {
        if (_unreadableLines.Add(origin.Line))
        {
            Keep(origin, message);
        }
    }

    /// <summary>Returns the faults of the file by line, then the others in the order in which they were found.</summary>
    public IReadOnlyList<ConfigurationFault> ToList() =>
    [
        .. _faults
            .OrderBy(fault => fault.Origin.Line == 0)
            .ThenBy(fault => fault.Origin.Line)
            .ThenBy(fault => fault.Origin.Column),
    ];

    private void Keep(Origin origin, string message)
    {
        if (_faults.Count == MaxKept)
        {
            NotKept++;
            return;
        }

        _faults.Add(new ConfigurationFault(origin, message));
    }
}
