using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Sluice.Kcp;
using Sluice.Kcp.Simulation;

namespace Sluice.Link;

/// <summary><c>sluice-link try</c>: what FEC shapes achieve and cost on a link, measured in virtual time.</summary>
internal static class TryCommand
{
    private static readonly KcpFec[] UsualShapes =
        [KcpFec.None, KcpFec.Fixed(1, 1), KcpFec.Fixed(2, 2), KcpFec.Fixed(10, 3), KcpFec.Fixed(20, 3)];

    public static Command Create()
    {
        var shapes = new Option<KcpFec[]>("--fec")
        {
            Description = "FEC shapes to compare: data/parity, separated by commas; 0/0 = none",
            HelpName = "10/3,20/3,0/0",
            DefaultValueFactory = _ => UsualShapes,
            CustomParser = Parse,
        };
        Option<double> messages = ConditionOptions.Whole("--messages", "N", "Messages to send", 1, 1_000_000, 2000);
        Option<double> size = ConditionOptions.Whole("--size", "BYTES", "Bytes of a message", 8, 65_536, 64);
        Option<double> interval = ConditionOptions.Whole("--interval", "MS", "Milliseconds between two messages", 1, 60_000, 33);
        Option<double> mtu = ConditionOptions.Whole(
            "--mtu", "BYTES", "Longest datagram, in bytes of UDP payload", 100, KcpOptions.MaxDatagram, 1400);
        var bundling = new Option<bool>("--bundling")
        {
            Description = "Whether the server bundles, like a gateway with [kcpgate] bundling",
            HelpName = "true|false",
            DefaultValueFactory = _ => true,
        };
        var conditions = new ConditionOptions();
        var command = new Command(
            "try",
            "Compare FEC shapes on such a link, the same in both directions: a client sends messages and a server sends each one back, in "
            + "virtual time")
        {
            shapes, bundling, messages, size, interval, mtu,
        };
        conditions.AddTo(command);
        command.SetAction(arguments =>
        {
            Compare(
                arguments.GetRequiredValue(shapes),
                fec => new EchoExperiment
                {
                    Client = Settings(fec, (int)arguments.GetValue(mtu)),
                    Server = Settings(KcpFec.Mirror, (int)arguments.GetValue(mtu)) with { Bundling = arguments.GetValue(bundling) },
                    Link = conditions.Read(arguments),
                    Messages = (int)arguments.GetValue(messages),
                    MessageSize = (int)arguments.GetValue(size),
                    Interval = (int)arguments.GetValue(interval),
                    Seed = conditions.Seed(arguments),
                },
                arguments.InvocationConfiguration.Output);
            return 0;
        });
        return command;
    }

    /// <summary>The gateway's own settings, so that the result applies to its clients.</summary>
    private static KcpOptions Settings(KcpFec fec, int mtu) => new()
    {
        Mtu = mtu,
        NoDelay = true,
        Interval = 10,
        FastResend = 2,
        NoCongestionWindow = true,
        SendWindow = 256,
        ReceiveWindow = 256,
        StreamMode = true,
        Fec = fec,
    };

    private static void Compare(KcpFec[] shapes, Func<KcpFec, EchoExperiment> experiment, TextWriter output)
    {
        EchoExperiment first = experiment(shapes[0]);
        output.WriteLine($"link, each way: {ConditionOptions.Describe(first.Link)}; seed {first.Seed}");
        output.WriteLine(
            $"{first.Messages} messages of {first.MessageSize} bytes, one every {first.Interval} ms, each sent back; "
            + "times are round trips");
        output.WriteLine();
        output.WriteLine("     FEC      answered   p50 ms   p99 ms   max ms    wire bytes  overhead bytes  restored");
        foreach (KcpFec fec in shapes)
        {
            EchoReport report = experiment(fec).Run();
            long payload = 2L * first.MessageSize * report.Answered;
            output.WriteLine(
                $"{fec,8} {$"{report.Answered}/{report.Sent}",13} {Time(report, 50)} {Time(report, 99)} {Time(report, 100)}"
                + $" {report.WireBytes,13} {report.WireBytes - payload,15} {report.Recovered,9}");
        }
    }

    private static string Time(EchoReport report, double percent) =>
        (report.Answered == 0 ? "-" : report.Percentile(percent).ToString(CultureInfo.InvariantCulture)).PadLeft(8);

    private static KcpFec[]? Parse(ArgumentResult result)
    {
        var shapes = new List<KcpFec>();
        foreach (string text in result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries)))
        {
            string[] numbers = text.Split('/');
            if (numbers.Length != 2 || !IsCount(numbers[0], out int data) || !IsCount(numbers[1], out int parity)
                || (data == 0) != (parity == 0) || data + parity > 255)
            {
                result.AddError($"--fec takes shapes such as 10/3 or 0/0, at most 255 shards together; found '{text}'.");
                return null;
            }

            shapes.Add(KcpFec.Fixed(data, parity));
        }

        return [.. shapes];
    }

    private static bool IsCount(string text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count <= 255;
}
