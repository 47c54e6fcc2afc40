using System.CommandLine;
using Sluice.Daemon;
using Sluice.Daemon.Commands;

StandardStreams.Guard();

// Before anything else is loaded: with too few descriptors even the parser of the command line cannot be.
if (args is ["run", ..] && DescriptorCheck.Problem(loops: 1) is { } problem)
{
    Console.Error.WriteLine(problem);
    return ExitCode.Failure;
}

// The commands take the signals themselves: the library would end them after two seconds.
var invocation = new InvocationConfiguration { ProcessTerminationTimeout = null };
ParseResult parsed = SluiceCommand.Create().Parse(args);
if (parsed.Errors.Count > 0)
{
    // The help behind an error is part of it: a script that keeps the output must not take it for what it asked for.
    invocation.Output = invocation.Error;
}

return await parsed.InvokeAsync(invocation);
