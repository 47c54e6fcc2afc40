using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Sluice.Daemon.Commands;

/// <summary>The usual help, followed by examples to copy.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    private static readonly string[] Examples =
    [
        "sluice run                                        with config/config.toml",
        "sluice run --config /etc/sluice.toml              with another file",
        "sluice run --set tcpgate.port=0 --set tcpgate.bind=127.0.0.1",
        "SLUICE_LOG__LEVEL=debug sluice run                the environment overrides the file too",
        "sluice check --config /etc/sluice.toml            before a restart",
        "sluice demo                                       see it work, without a configuration",
        "sluice token --host 10.0.0.7 --port 7083          a token for the strategy jwt",
        "sluice token --node s1 --ttl 5m --key-file route.key",
    ];

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int result = help.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        string command = parseResult.CommandResult.Command.Name;
        foreach (string example in Examples)
        {
            if (parseResult.CommandResult.Command is RootCommand || example.Contains($"sluice {command}", StringComparison.Ordinal))
            {
                output.WriteLine($"  {example}");
            }
        }

        output.WriteLine();
        return result;
    }
}
