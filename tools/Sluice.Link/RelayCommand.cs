using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Sluice.Kcp.Simulation;

namespace Sluice.Link;

/// <summary><c>sluice-link relay</c>: a bad network between real clients and a real server.</summary>
internal static class RelayCommand
{
    private const int Failure = 1;
    private const int AddressInUse = 2;
    private const string BothWays = "both";
    private const string ToServer = "to-server";
    private const string ToClients = "to-clients";
    private const double LongestRebinding = 86_400;

    public static Command Create()
    {
        Option<IPEndPoint> listen = Address("--listen", "The address that clients send to; port 0 chooses a free one");
        Option<IPEndPoint> to = Address("--to", "The server");
        var only = new Option<string>("--only")
        {
            Description = "The direction that the conditions apply to",
            DefaultValueFactory = _ => BothWays,
        };
        only.AcceptOnlyFromAmong(BothWays, ToServer, ToClients);
        Option<double> rebind = ConditionOptions.Number(
            "--rebind",
            "SECONDS",
            "Interval at which each client gets a new port to the server, as from a NAT that lost its mappings; 0 = never",
            0,
            LongestRebinding);
        var report = new Option<bool>("--report") { Description = "Print the counts every second even if the output is not a terminal" };
        var conditions = new ConditionOptions();
        var command = new Command("relay", "Relay datagrams between clients and a server as a bad network does, until Ctrl-C")
        {
            listen, to, only, rebind, report,
        };
        conditions.AddTo(command);
        command.SetAction((arguments, _) =>
        {
            LinkConditions link = conditions.Read(arguments);
            string direction = arguments.GetRequiredValue(only);
            var options = new UdpLinkOptions
            {
                Listen = arguments.GetRequiredValue(listen),
                Server = arguments.GetRequiredValue(to),
                ToServer = direction is ToClients ? LinkConditions.Perfect : link,
                ToClients = direction is ToServer ? LinkConditions.Perfect : link,
                RebindInterval = (int)(arguments.GetValue(rebind) * 1000),
                Seed = conditions.Seed(arguments),
            };
            return RunAsync(options, arguments.GetValue(report) || !Console.IsOutputRedirected);
        });
        return command;
    }

    private static async Task<int> RunAsync(UdpLinkOptions options, bool report)
    {
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        UdpLink link;
        try
        {
            link = UdpLink.Start(options);
        }
        catch (SocketException failure)
        {
            await Console.Error.WriteLineAsync($"sluice-link: cannot listen on {options.Listen}: {failure.Message}");
            return failure.SocketErrorCode == SocketError.AddressAlreadyInUse ? AddressInUse : Failure;
        }

        using (link)
        {
            Console.WriteLine($"ready udp={link.LocalEndPoint} to={options.Server} pid={Environment.ProcessId}");
            string toServer = ConditionOptions.Describe(options.ToServer);
            Console.WriteLine($"to the server: {toServer}; to clients: {ConditionOptions.Describe(options.ToClients)}");
            using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
            try
            {
                while (await second.WaitForNextTickAsync(stop.Token))
                {
                    if (report)
                    {
                        Print(link);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                Print(link);
            }
        }

        return 0;

        void Stop(PosixSignalContext context)
        {
            // A second signal ends the program at once.
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    private static void Print(UdpLink link) =>
        Console.WriteLine($"{link.Clients} clients, {link.Rebindings} rebindings, {link.Rejected} rejected; {link}");

    private static Option<IPEndPoint> Address(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "ADDRESS:PORT",
        Required = true,
        CustomParser = result => Parse(name, result),
    };

    private static IPEndPoint? Parse(string name, ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";

        // Without a port, a number would be parsed as an address, and the end of an IPv6 address as a port.
        if (IPEndPoint.TryParse(text, out IPEndPoint? place)
            && text.EndsWith($":{place.Port}", StringComparison.Ordinal)
            && text.StartsWith('[') == (place.AddressFamily == AddressFamily.InterNetworkV6))
        {
            return place;
        }

        result.AddError($"{name} takes an address and a port, such as 10.0.0.1:8082 or [::1]:8082; found '{text}'.");
        return null;
    }
}
