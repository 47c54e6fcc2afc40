using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using Sluice.Demo;
using Sluice.Gateway;

namespace Sluice.Daemon.Commands;

/// <summary><c>sluice demo</c>: gateways, example backends and example clients in one process, with a line for each step.</summary>
internal static class DemoCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var rounds = new Option<int>("--rounds", "-n")
        {
            Description = "Rounds to run; 0 = until Ctrl-C",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
            CustomParser = result =>
            {
                if (!int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int value))
                {
                    result.AddError("--rounds takes a whole number from 0.");
                }

                return value;
            },
        };
        var command = new Command("demo", "Show it at work: gateways, backends and clients in one process, with a line for each step")
        {
            rounds,
        };
        command.SetAction((arguments, _) => RunAsync(arguments.GetValue(rounds)));
        return command;
    }

    private static async Task<int> RunAsync(int rounds)
    {
        using var signals = new StopSignals();
        try
        {
            await using GatewayDemo demo = await GatewayDemo.StartAsync(Console.Out);
            await demo.RunAsync(rounds, signals.Asked);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C ends it.
        }
        catch (Exception failure) when (failure is ListenException or SocketException or IOException)
        {
            Console.Error.WriteLine($"sluice: the demo failed: {failure.Message}");
            return ExitCode.Failure;
        }

        return ExitCode.Success;
    }
}
