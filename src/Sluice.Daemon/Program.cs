using System.CommandLine;
using Sluice.Daemon;
using Sluice.Daemon.Commands;

StandardStreams.Guard();

// Before anything else is loaded: too few descriptors are not enough even for the parser of the command line.
if (args is ["run", ..] && DescriptorCheck.Problem(loops: 1) is { } problem)
{
    Console.Error.WriteLine(problem);
    return ExitCode.Failure;
}

// The commands handle signals themselves: the library would end them after two seconds.
var invocation = new InvocationConfiguration { ProcessTerminationTimeout = null };
ParseResult parsed = SluiceCommand.Create().Parse(args);
if (parsed.Errors.Count > 0)
{
    // The help after an error is a part of it: a script must not read it as the output of the command.
    invocation.Output = invocation.Error;
}

return await parsed.InvokeAsync(invocation);
