using System.CommandLine;
using Sluice.Daemon.Commands;

// The commands take the signals themselves: the library would end them after two seconds.
return await SluiceCommand.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
