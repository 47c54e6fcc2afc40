using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Sluice.Daemon.Admin;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Logging;
using Sluice.Daemon.Routing.Plugins;
using Sluice.Daemon.Sections;
using Sluice.Gateway;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Gateway.Vocabulary;
using Sluice.Tokens.Keys;
using Sluice.Transport.Tls;

namespace Sluice.Daemon.Commands;

/// <summary><c>sluice run</c>: reads the configuration, opens the log, listens, serves until a signal, drains.</summary>
internal static class RunCommand
{
    private const int MaxProblem = 1000;

    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var configuration = new ConfigurationOptions();
        var command = new Command("run", "Run the gateway until SIGTERM or Ctrl-C; both drain it, a second one ends it at once");
        configuration.AddTo(command);
        command.SetAction((arguments, _) =>
        {
            LoadedConfiguration loaded = configuration.Load(arguments);
            if (loaded.IsValid && DescriptorCheck.Problem(loaded.Settings.Get(CommonSection.Loops)) is { } problem)
            {
                Console.Error.WriteLine(problem);
                return Task.FromResult(ExitCode.Failure);
            }

            return loaded.IsValid ? RunAsync(loaded.Settings, configuration.FileOf(arguments)) : Task.FromResult(Reject(loaded));
        });
        return command;
    }

    private static int Reject(LoadedConfiguration loaded)
    {
        foreach (string line in loaded.Describe())
        {
            Console.Error.WriteLine(line);
        }

        return ExitCode.Failure;
    }

    private static async Task<int> RunAsync(Settings settings, string file)
    {
        using var signals = new StopSignals();
        using GatewayLogging logging =
            GatewayLogging.Open(LogSection.Table.Build(settings), ConsoleSink.OpenStandardError(), TimeProvider.System);
        using PosixSignalRegistration? hangup = OnHangup(logging);
        DaemonLog.Starting(logging.Logger, ProgramVersion.Text, Quoted.Long(file));
        try
        {
            return await ServeAsync(settings, signals, logging.Logger);
        }
#pragma warning disable CA1031 // The last chance to log it: the command line library would only print it.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            DaemonLog.Faulted(logging.Logger, fault);
            return ExitCode.Failure;
        }
    }

    /// <summary>Opens the log files again at SIGHUP, for programs that rotate logs. On Windows it means that the console closes.</summary>
    private static PosixSignalRegistration? OnHangup(GatewayLogging logging) => OperatingSystem.IsWindows()
        ? null
        : PosixSignalRegistration.Create(
            PosixSignal.SIGHUP,
            context =>
            {
                context.Cancel = true;
                logging.Reopen();
                DaemonLog.Reopening(logging.Logger);
            });

    private static async Task<int> ServeAsync(Settings settings, StopSignals signals, ILogger logger)
    {
        WarnOfReadableSecrets(settings, logger);

        // Before the gateway, so that health checks see the start.
        var readiness = new Readiness(signals.First);
        await using var admin = new AdminServer(AdminSection.Build(settings), readiness, logger);
        if (await TryAsync(admin.StartAsync, signals, logger) is { } noAdmin)
        {
            return noAdmin;
        }

        await using var gateway = new SluiceGateway(
            settings.ToGatewayOptions() with
            {
                Resolver = Strategies.Create(settings, logger),
                OtherListeners = admin.EndPoint is { } endPoint ? [endPoint] : [],
            },
            logger);
        readiness.Starts(gateway);
        if (await TryAsync(() => gateway.StartAsync(signals.Asked), signals, logger) is { } noGateway)
        {
            return noGateway;
        }

        readiness.Serves();
        WriteReady(gateway.Listeners, admin.EndPoint, logger);
        DaemonLog.Stopping(logger, await signals.First);
        await gateway.StopAsync();
        DaemonLog.Stopped(logger);
        return ExitCode.Success;
    }

    /// <summary>Starts something. Returns null, or the exit code of the program if it did not start.</summary>
    private static async Task<int?> TryAsync(Func<Task> start, StopSignals signals, ILogger logger)
    {
        try
        {
            await start();
            return null;
        }
        catch (OperationCanceledException) when (signals.Asked.IsCancellationRequested)
        {
            DaemonLog.Stopping(logger, await signals.First);
            DaemonLog.Stopped(logger);
            return ExitCode.Success;
        }
        catch (ListenException failure)
        {
            DaemonLog.NotStarted(logger, failure.Message);
            return failure.Error == SocketError.AddressAlreadyInUse ? ExitCode.AddressInUse : ExitCode.Failure;
        }
        catch (NodeSourceException failure)
        {
            DaemonLog.NotStarted(
                logger,
                $"{Quoted.Plain(failure.Message, MaxProblem)}. "
                + $"Start it, or set {CommonSection.RequireRegistry} = false to start without it");
            return ExitCode.Failure;
        }
        catch (SourceAddressException failure)
        {
            DaemonLog.NotStarted(logger, $"{CommonSection.SourceAddresses}: {failure.Message}");
            return ExitCode.Failure;
        }
        catch (Exception failure) when (failure is TokenKeyException or PluginException or TlsFileException)
        {
            DaemonLog.NotStarted(logger, Quoted.Plain(failure.Message, MaxProblem));
            return ExitCode.Failure;
        }
        catch (Exception failure) when (failure is SocketException or IOException or PlatformNotSupportedException or OutOfMemoryException)
        {
            DaemonLog.CannotStart(logger, failure.Message);
            return ExitCode.Failure;
        }
    }

    /// <summary>Prints the one line on standard output, for scripts and supervisors that wait for it.</summary>
    private static void WriteReady(IEnumerable<BoundListener> listeners, IPEndPoint? admin, ILogger logger)
    {
        IEnumerable<string> addresses = listeners.Select(listener => $"{listener.Protocol.ToWord()}={listener.EndPoint}");
        if (admin is not null)
        {
            addresses = addresses.Append($"admin={admin}");
        }

        try
        {
            Console.Out.WriteLine($"ready {string.Join(' ', addresses)} pid={Environment.ProcessId}");
            Console.Out.Flush();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The gateway serves even if nobody reads standard output.
            DaemonLog.ReadyNotWritten(logger, failure.Message);
        }
    }

    private static void WarnOfReadableSecrets(Settings settings, ILogger logger)
    {
        foreach ((Setting setting, SecretFile secret) in settings.Contents<SecretFile>())
        {
            if (secret.OthersMayRead)
            {
                DaemonLog.SecretIsOpen(logger, setting.Section, setting.Name, Quoted.Long((string)settings.ValueOf(setting)!));
            }
        }
    }
}
