using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Sluice.Daemon.Admin;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Logging;
using Sluice.Daemon.Routing;
using Sluice.Daemon.Routing.Plugins;
using Sluice.Gateway;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Tokens.Keys;
using Sluice.Transport.Tls;

namespace Sluice.Daemon.Commands;

/// <summary><c>sluice run</c>: read the configuration, open the log, listen, say so, serve until a signal, drain.</summary>
internal static class RunCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var configuration = new ConfigurationOptions();
        var command = new Command("run", "Run the gateway until SIGTERM or Ctrl-C; both drain it, a second one ends it at once");
        configuration.AddTo(command);
        command.SetAction((arguments, _) =>
        {
            LoadedConfiguration loaded = configuration.Load(arguments);
            if (loaded.IsValid && DescriptorCheck.Problem(loaded.Settings.Get(Keys.Loops)) is { } problem)
            {
                Console.Error.WriteLine(problem);
                return Task.FromResult(ExitCode.Failure);
            }

            return loaded.IsValid ? RunAsync(loaded.Settings, configuration.FileOf(arguments)) : Task.FromResult(Refuse(loaded));
        });
        return command;
    }

    private static int Refuse(LoadedConfiguration loaded)
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
        using GatewayLogging logging = GatewayLogging.Open(LogOptions.From(settings), ConsoleSink.OpenStandardError(), TimeProvider.System);
        DaemonLog.Starting(logging.Logger, ProgramVersion.Text, Quoted.Plain(file, 400));
        WarnOfOpenSecrets(settings, logging.Logger);

        // Before the gateway, so that it can be asked for how the start goes.
        var readiness = new Readiness(signals.First);
        await using var admin = new AdminServer(settings, readiness, logging.Logger);
        if (await TryAsync(admin.StartAsync, logging.Logger) is { } noAdmin)
        {
            return noAdmin;
        }

        await using var gateway = new SluiceGateway(
            settings.ToGatewayOptions() with
            {
                Resolver = Strategies.Create(settings, logging.Logger),
                OtherListeners = admin.EndPoint is { } endPoint ? [endPoint] : [],
            },
            logging.Logger);
        readiness.Starts(gateway);
        if (await TryAsync(() => gateway.StartAsync(), logging.Logger) is { } noGateway)
        {
            return noGateway;
        }

        readiness.Serves();
        SayReady(gateway.Listeners, admin.EndPoint);
        DaemonLog.Stopping(logging.Logger, await signals.First);
        await gateway.StopAsync();
        DaemonLog.Stopped(logging.Logger);
        return ExitCode.Success;
    }

    /// <summary>Starts something; null, or the exit code of the program where it cannot start.</summary>
    private static async Task<int?> TryAsync(Func<Task> start, ILogger logger)
    {
        try
        {
            await start();
            return null;
        }
        catch (ListenException failure)
        {
            DaemonLog.NotStarted(logger, failure.Message);
            return failure.Error == SocketError.AddressAlreadyInUse ? ExitCode.AddressInUse : ExitCode.Failure;
        }
        catch (Exception failure) when (failure is NodeSourceException or TokenKeyException or PluginException or TlsFileException)
        {
            DaemonLog.NotStarted(logger, Quoted.Plain(failure.Message, 1000));
            return ExitCode.Failure;
        }
        catch (Exception failure) when (failure is SocketException or IOException or PlatformNotSupportedException or OutOfMemoryException)
        {
            DaemonLog.CannotStart(logger, failure.Message);
            return ExitCode.Failure;
        }
    }

    /// <summary>The one line on standard output, for scripts and supervisors that wait for it.</summary>
    private static void SayReady(IEnumerable<BoundListener> listeners, IPEndPoint? admin)
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
        catch (IOException)
        {
            // Whoever started the program does not listen; that is no reason not to serve.
        }
    }

    private static void WarnOfOpenSecrets(Settings settings, ILogger logger)
    {
        if (settings.KcpSecret is { OthersMayRead: true })
        {
            DaemonLog.SecretIsOpen(logger, Keys.KcpKeyFile.Section, Keys.KcpKeyFile.Name, Quoted.Plain(settings.Get(Keys.KcpKeyFile), 400));
        }

        foreach ((ConfigurationKey<string> key, SecretFile secret) in settings.Secrets)
        {
            if (secret.OthersMayRead)
            {
                DaemonLog.SecretIsOpen(logger, key.Section, key.Name, Quoted.Plain(settings.Get(key), 400));
            }
        }
    }
}
