using System.CommandLine;
using System.CommandLine.Invocation;
using Sluice.Link;

var root = new RootCommand(
    "A bad network to test KCP and other UDP services on: loss, delay, reordering, duplication, a limited rate, and NATs that lose their "
    + "mappings")
{
    RelayCommand.Create(),
    TryCommand.Create(),
};
Examples.AddTo(root);

ParseResult arguments = root.Parse(args);
if (args.Length > 0 && arguments.Action is ParseErrorAction wrong)
{
    // The help is longer than a screen, and the errors say what to write.
    wrong.ShowHelp = false;
}

// The relay handles Ctrl-C itself, to report its counts.
return await arguments.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
