using System.CommandLine;
using System.Globalization;
using Sluice.Kcp.Simulation;

namespace Sluice.Link;

/// <summary>The options for what the link does to datagrams.</summary>
internal sealed class ConditionOptions
{
    private const int LongestTime = 60_000;

    private readonly Option<double> _loss = Number("--loss", "PERCENT", "Percentage of datagrams that are lost", 0, 100);
    private readonly Option<double> _delay = Whole("--delay", "MS", "Milliseconds that each datagram takes, one way", 0, LongestTime);
    private readonly Option<double> _jitter = Whole("--jitter", "MS", "Most milliseconds to add to the delay, at random", 0, LongestTime);
    private readonly Option<double> _rate = Whole(
        "--rate", "BYTES", "Bytes per second that pass, including 28 per datagram for IP and UDP; 0 = no limit", 0, long.MaxValue);
    private readonly Option<double> _queue = Whole(
        "--queue", "MS", "Milliseconds of traffic that may queue at the rate before datagrams are lost", 0, LongestTime, 200);
    private readonly Option<double> _duplicate = Number("--duplicate", "PERCENT", "Percentage of datagrams that arrive twice", 0, 100);
    private readonly Option<double> _reorder = Number(
        "--reorder", "PERCENT", "Percentage of datagrams that are held back, so that later ones overtake them", 0, 100);
    private readonly Option<double> _reorderDelay = Whole(
        "--reorder-delay", "MS", "Milliseconds for which they are held back", 0, LongestTime, 20);
    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "Seed of all random decisions; the same seed gives every datagram the same fate",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_loss, _delay, _jitter, _rate, _queue, _duplicate, _reorder, _reorderDelay, _seed])
        {
            command.Options.Add(option);
        }
    }

    public ulong Seed(ParseResult arguments) => arguments.GetValue(_seed);

    public LinkConditions Read(ParseResult arguments) => new()
    {
        Loss = arguments.GetValue(_loss) / 100,
        Delay = (int)arguments.GetValue(_delay),
        Jitter = (int)arguments.GetValue(_jitter),
        Rate = (long)arguments.GetValue(_rate),
        MaxQueue = (int)arguments.GetValue(_queue),
        Duplication = arguments.GetValue(_duplicate) / 100,
        Reordering = arguments.GetValue(_reorder) / 100,
        ReorderDelay = (int)arguments.GetValue(_reorderDelay),
    };

    /// <summary>Describes in words what a link does.</summary>
    public static string Describe(LinkConditions link)
    {
        var words = new List<string>();
        Add(link.Loss > 0, $"{link.Loss:0.###%} lost");
        Add(link.Delay > 0, $"delay {link.Delay} ms");
        Add(link.Jitter > 0, $"jitter {link.Jitter} ms");
        Add(link.Rate > 0, $"{link.Rate} bytes/s, queue {link.MaxQueue} ms");
        Add(link.Duplication > 0, $"{link.Duplication:0.###%} duplicated");
        Add(link.Reordering > 0, $"{link.Reordering:0.###%} held back {link.ReorderDelay} ms");
        return words.Count == 0 ? "perfect" : string.Join(", ", words);

        void Add(bool holds, string word)
        {
            if (holds)
            {
                words.Add(word);
            }
        }
    }

    /// <summary>Creates an option for a number within a range, which its error names.</summary>
    public static Option<double> Number(string name, string unit, string description, double least, double most, double otherwise = 0) =>
        Number(name, unit, description, least, most, otherwise, NumberStyles.AllowDecimalPoint, "a number");

    /// <summary>Creates an option for a whole number, because a fraction would be dropped silently.</summary>
    public static Option<double> Whole(string name, string unit, string description, double least, double most, double otherwise = 0) =>
        Number(name, unit, description, least, most, otherwise, NumberStyles.None, "a whole number");

    private static Option<double> Number(
        string name, string unit, string description, double least, double most, double otherwise, NumberStyles style, string kind)
    {
        string range = most >= long.MaxValue ? $"from {least}" : $"from {least} to {most}";
        return new Option<double>(name)
        {
            Description = description,
            HelpName = unit,
            DefaultValueFactory = _ => otherwise,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (!double.TryParse(text, style, CultureInfo.InvariantCulture, out double value) || !(value >= least && value <= most))
                {
                    result.AddError($"{name} takes {kind} {range}; found '{text}'.");
                }

                return value;
            },
        };
    }
}
