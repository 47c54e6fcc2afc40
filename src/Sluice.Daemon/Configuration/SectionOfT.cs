namespace Sluice.Daemon.Configuration;

/// <summary>A section whose settings are properties of an options record. The defaults are those of the record.</summary>
/// <param name="name">Its name.</param>
/// <param name="defaults">The record if nothing is written.</param>
internal sealed class Section<TOptions>(string name, TOptions defaults) : Section(name)
{
    private readonly List<Func<Settings, TOptions, TOptions>> _writers = [];

    /// <summary>The record if nothing is written.</summary>
    public TOptions Defaults { get; } = defaults;

    /// <summary>Adds a setting that is a property of the record.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">The kind of its values.</param>
    /// <param name="sentence">A description, in Markdown.</param>
    /// <param name="get">Returns the property, for the default.</param>
    /// <param name="with">Returns the record with another value of the property.</param>
    public Setting<T> Add<T>(
        string name, ValueKind<T> kind, string sentence, Func<TOptions, T> get, Func<TOptions, T, TOptions> with)
    {
        Setting<T> setting = Add(name, kind, get(Defaults), sentence);
        _writers.Add((settings, options) => settings.OriginOf(setting) is null ? options : with(options, settings.Get(setting)));
        return setting;
    }

    /// <summary>Returns the options that the settings mean.</summary>
    public TOptions Build(Settings settings) => Build(settings, Defaults);

    /// <summary>Returns these options with every setting that is written.</summary>
    public TOptions Build(Settings settings, TOptions options) =>
        _writers.Aggregate(options, (built, write) => write(settings, built));
}
