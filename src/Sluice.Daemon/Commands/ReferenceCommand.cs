using System.CommandLine;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;

namespace Sluice.Daemon.Commands;

/// <summary><c>sluice reference</c>, hidden: prints the tables of docs/configuration.md. A test compares them.</summary>
internal static class ReferenceCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var command = new Command("reference", "Print every setting as Markdown") { Hidden = true };
        command.SetAction(_ =>
        {
            Console.Out.Write(string.Join('\n', ConfigurationReference.Sections(ProgramConfiguration.Table)));
            return ExitCode.Success;
        });
        return command;
    }
}
