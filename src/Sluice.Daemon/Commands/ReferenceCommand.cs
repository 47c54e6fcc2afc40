using System.CommandLine;
using Sluice.Daemon.Configuration;

namespace Sluice.Daemon.Commands;

/// <summary><c>sluice reference</c>, hidden: the tables of docs/configuration.md. A test holds the file to them.</summary>
internal static class ReferenceCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var command = new Command("reference", "Print every configuration key as Markdown") { Hidden = true };
        command.SetAction(_ =>
        {
            Console.Out.Write(ConfigurationReference.ToMarkdown());
            return ExitCode.Success;
        });
        return command;
    }
}
