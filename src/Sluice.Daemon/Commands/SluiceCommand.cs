using System.CommandLine;
using System.CommandLine.Help;

namespace Sluice.Daemon.Commands;

/// <summary>The command line: every command of the program.</summary>
internal static class SluiceCommand
{
    /// <summary>Creates the root of the commands.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("Sluice: a light, transparent gateway for stateful services")
        {
            RunCommand.Create(),
            CheckCommand.Create(),
            DemoCommand.Create(),
            TokenCommand.Create(),
            VersionCommand.Create(),
            ReferenceCommand.Create(),
        };
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }
}
