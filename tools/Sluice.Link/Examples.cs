using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Sluice.Link;

/// <summary>The usual help, followed by examples to copy.</summary>
internal sealed class Examples(HelpAction help) : SynchronousCommandLineAction
{
    private static readonly string[] Lines =
    [
        "sluice-link relay --listen 127.0.0.1:9000 --to 10.0.0.1:8082 --loss 5 --delay 20 --jitter 5",
        "sluice-link relay --listen 127.0.0.1:9000 --to 10.0.0.1:8082 --rate 125000 --only to-clients",
        "sluice-link relay --listen 127.0.0.1:9000 --to 10.0.0.1:8082 --rebind 30",
        "sluice-link try --loss 5 --delay 20 --fec 0/0,1/1,2/2,10/3,20/3",
    ];

    /// <summary>Adds the examples to the help of every command.</summary>
    public static void AddTo(RootCommand root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        option.Action = new Examples((HelpAction)option.Action!);
    }

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int result = help.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        Command command = parseResult.CommandResult.Command;
        output.WriteLine("Examples:");
        string start = command is RootCommand ? "" : $"sluice-link {command.Name} ";
        foreach (string line in Lines.Where(line => line.StartsWith(start, StringComparison.Ordinal)))
        {
            output.WriteLine($"  {line}");
        }

        output.WriteLine();
        return result;
    }
}
