using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using Sluice.Daemon.Demo;
using Sluice.Gateway;

namespace Sluice.Daemon.Commands;

/// <summary><c>sluice demo</c>: a gateway, example backends and example clients in one process, with a line per event.</summary>
internal static class DemoCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var rounds = new Option<int>("--rounds", "-n")
        {
            Description = "Rounds to run; 0 = until Ctrl-C",
            HelpName = "N",
            DefaultValueFactory = _ => 0,
            CustomParser = result =>
            {
                if (!int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int value))
                {
                    result.AddError("--rounds takes a whole number from 0.");
                }

                return value;
            },
        };
        var command = new Command("demo", "Show it at work: gateway, backend and clients in one process, a line per event, until Ctrl-C") { rounds };
        command.SetAction((arguments, _) => RunAsync(arguments.GetValue(rounds)));
        return command;
    }

    private static async Task<int> RunAsync(int rounds)
    {
        using var signals = new StopSignals();
        using var end = new CancellationTokenSource();
        _ = signals.First.ContinueWith(_ => end.Cancel(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            await using DemoWorld world = await DemoWorld.StartAsync(new DemoScreen(Console.Out));
            await world.RunAsync(rounds, end.Token);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how it ends.
        }
        catch (Exception failure) when (failure is ListenException or SocketException or IOException)
        {
            Console.Error.WriteLine($"sluice: the demo failed: {failure.Message}");
            return ExitCode.Failure;
        }

        return ExitCode.Success;
    }
}
