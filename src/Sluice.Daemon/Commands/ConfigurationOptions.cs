using System.CommandLine;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;

namespace Sluice.Daemon.Commands;

/// <summary>The options <c>--config</c> and <c>--set</c> of the commands that read a configuration.</summary>
internal sealed class ConfigurationOptions
{
    private const string DefaultFile = "config/config.toml";

    private readonly Option<string> _file = new("--config", "-c")
    {
        Description = "The configuration file",
        HelpName = "FILE",
        DefaultValueFactory = _ => DefaultFile,
    };

    private readonly Option<string[]> _set = new("--set", "-s")
    {
        Description = "Override one setting; can be given several times. "
            + "Overrides SLUICE_SECTION__KEY in the environment, which overrides the file",
        HelpName = "section.key=value",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_file);
        command.Options.Add(_set);
    }

    /// <summary>Returns the file of the command line, or the default.</summary>
    public string FileOf(ParseResult arguments) => arguments.GetValue(_file) ?? DefaultFile;

    /// <summary>Reads one section of the configuration, and no other. The default file may be missing.</summary>
    public LoadedConfiguration LoadSection(ParseResult arguments, string section)
    {
        bool named = arguments.GetResult(_file) is { Implicit: false };
        string? file = named || File.Exists(DefaultFile) ? FileOf(arguments) : null;
        return ProgramConfiguration.Reader.LoadSection(file, arguments.GetValue(_set) ?? [], section);
    }

    /// <summary>Reads the configuration.</summary>
    public LoadedConfiguration Load(ParseResult arguments) =>
        ProgramConfiguration.Reader.Load(FileOf(arguments), arguments.GetValue(_set) ?? []);
}
