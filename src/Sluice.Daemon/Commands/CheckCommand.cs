using System.CommandLine;
using Sluice.Daemon.Configuration;

namespace Sluice.Daemon.Commands;

/// <summary><c>sluice check</c>: prints every fault of a configuration, and binds nothing.</summary>
internal static class CheckCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var configuration = new ConfigurationOptions();
        var command = new Command("check", "Check the configuration: print every fault as FILE:LINE:COLUMN: message, and exit 0 or 1");
        configuration.AddTo(command);
        command.SetAction(arguments =>
        {
            LoadedConfiguration loaded = configuration.Load(arguments);
            foreach (string line in loaded.Describe())
            {
                Console.Out.WriteLine(line);
            }

            foreach (ConfigurationFault warning in loaded.Warnings)
            {
                Console.Out.WriteLine($"{warning.Origin}: warning: {warning.Message}");
            }

            if (loaded.IsValid)
            {
                Console.Out.WriteLine($"{Quoted.Long(configuration.FileOf(arguments))}: ok");
            }

            return loaded.IsValid ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }
}
