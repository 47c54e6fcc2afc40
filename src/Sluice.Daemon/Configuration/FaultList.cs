namespace Sluice.Daemon.Configuration;

/// <summary>Collects every fault of a configuration, in the order of the file, each place once.</summary>
internal sealed class FaultList
{
    /// <summary>More are counted, not kept: a file of nonsense would bury the reader.</summary>
    public const int MaxKept = 100;

    private readonly List<ConfigurationFault> _faults = [];
    private readonly HashSet<int> _unreadableLines = [];

    /// <summary>True once anything was found.</summary>
    public bool Any => _faults.Count > 0;

    /// <summary>Faults beyond <see cref="MaxKept"/>.</summary>
    public int NotKept { get; private set; }

    /// <summary>Adds a fault, unless its line could not be read anyway.</summary>
    public void Add(Origin origin, string message)
    {
        if (!_unreadableLines.Contains(origin.Line))
        {
            Keep(origin, message);
        }
    }

    /// <summary>Adds a fault of the file's syntax: nothing else is said about that line.</summary>
    public void AddUnreadable(Origin origin, string message)
    {
        if (_unreadableLines.Add(origin.Line))
        {
            Keep(origin, message);
        }
    }

    /// <summary>The faults; those of the file by line, then the others as they were found.</summary>
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
