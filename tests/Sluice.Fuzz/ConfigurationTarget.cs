using System.Text;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;

namespace Sluice.Fuzz;

/// <summary>
/// A configuration file: settings that a gateway takes, or faults that name a place, each on one short line. Never an exception.
/// </summary>
internal sealed class ConfigurationTarget : FuzzTarget
{
    private const string Source = "fuzz.toml";

    private static readonly Dictionary<string, string> NoEnvironment = [];

    public override string Name => "configuration";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        .. new[]
        {
            "[log]\ninfofilePath = \"log/info.log\" # text\nformat = 'json'\nmax_file_bytes = 100_000\n",
            "[tcpgate]\nport = 7082\nenabled = true\nbind = \"::1\"\ndial_timeout = 2.5\nzero_copy = false\n",
            "[common]\nsuccess_resp_message = \"b2s=\"\nheader_identify = \"ipHost\"\nloops = 0x10\n",
            "policy.allow = [\"10.0.0.0/8:7000-7999\", \"*.game.internal\",\n  # more\n  '[::1]:80',]\npolicy.deny = []\n",
            "tcpgate = { port = 1, bind = \"127.0.0.1\" }\nlimits = { max_connections = 1e3 }\n",
            "[tcpgate]\nprot = 1\n[tcpgat]\nport = 70000\n[[policy]]\nallow = 1\n",
            "[common]\nconnect_timeout = inf\ndial_retry = 1979-05-27T07:32:00Z\nerror_reply = \"\"\"x\"\"\"\n",
            "\ufeff[log]\r\nlevel = \"\\u0064ebug\"\r\n",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public override void Check(ReadOnlySpan<byte> input)
    {
        LoadedConfiguration loaded = ProgramConfiguration.Reader.Load(input, Source, NoEnvironment, []);
        if (loaded.IsValid)
        {
            Require(loaded.Settings.ToGatewayOptions() is { Tcp: not null }, "a gateway takes what is valid");
            return;
        }

        int line = 0;
        foreach (ConfigurationFault fault in loaded.Faults)
        {
            Require(fault.Origin.Source == Source, "a fault names the file");
            Require(
                fault.Origin.Line == 0 || (fault.Origin.Line >= line && fault.Origin.Column > 0), "faults stand in the order of the file");
            line = fault.Origin.Line;
        }

        Require(
            loaded.Describe().All(text => text.Length < 1000 && text.All(c => c is >= ' ' and not (>= '\u007f' and < '\u00a0'))),
            "a fault is one short line that no terminal obeys");
    }
}
