using System.CommandLine;

namespace Sluice.Daemon.Commands;

/// <summary><c>sluice version</c>.</summary>
internal static class VersionCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var command = new Command("version", "Print the version");
        command.SetAction(_ =>
        {
            Console.Out.WriteLine($"sluice {ProgramVersion.Text}");
            return ExitCode.Success;
        });
        return command;
    }
}
