namespace Sluice.Fuzz;

/// <summary>A parser with what must hold for every input, and inputs to begin from.</summary>
public abstract class FuzzTarget
{
    /// <summary>Every target.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FrameTarget(), new ProxyTarget(), new BackendTarget(), new PolicyTarget(), new UpgradeTarget(), new WebSocketTarget(),
        new KcpTarget(),
        new FecTarget(), new CryptTarget(), new NodeTarget(), new PodTarget(), new LineTarget(), new JuteTarget(), new TokenTarget(),
        new ClaimsTarget(),
        new KeyTarget(), new ConfigurationTarget(),
    ];

    /// <summary>The name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Inputs that reach far into the parser.</summary>
    public abstract IReadOnlyList<byte[]> Corpus { get; }

    /// <summary>The target of a name, or null.</summary>
    public static FuzzTarget? Find(string name) => All.FirstOrDefault(target => target.Name == name);

    /// <summary>Parses and throws where something does not hold.</summary>
    public abstract void Check(ReadOnlySpan<byte> input);

    /// <summary>Runs work that calls <see cref="Check"/>, on the thread that the parser needs.</summary>
    public virtual void Run(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        work();
    }

    /// <summary>Throws where a promise is broken.</summary>
    private protected static void Require(bool holds, string promise)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"broken: {promise}");
        }
    }
}
