using System.CommandLine;
using System.CommandLine.Invocation;
using Sluice.Link;

var root = new RootCommand("A bad network to try KCP and other UDP services on: loss, delay, reordering, duplication, a rate, and NATs that forget")
{
    RelayCommand.Create(),
    TryCommand.Create(),
};
Examples.AddTo(root);

ParseResult arguments = root.Parse(args);
if (args.Length > 0 && arguments.Action is ParseErrorAction wrong)
{
    // The help is longer than a screen; the errors say what to write.
    wrong.ShowHelp = false;
}

// The relay takes Ctrl-C itself, to say what it did.
return await arguments.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
