using System.Globalization;
using Sluice.Testing.Programs;
using Sluice.Testing.Sockets;

namespace Sluice.Daemon.Tests.Commands;

/// <summary>Two programs that start at the same moment on the same ports.</summary>
public sealed class StartRaceTests : IDisposable
{
    private const int Rounds = 20;

    private static readonly string[] Sections = ["tcpgate", "kcpgate", "wsgate"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The loops of one gateway share each port. Another gateway of the same user must not join them.</summary>
    [Fact]
    public async Task Exactly_one_of_two_programs_serves_and_the_other_exits_with_2_and_names_the_port()
    {
        for (int round = 0; round < Rounds; round++)
        {
            // Which listener is the first to be bound, and so to be raced for, changes from round to round.
            int first = round % Sections.Length;
            int[] ports = FreePort.Take(Sections.Length);
            string[] arguments = Arguments(first, ports);
            await using RunningProgram one = RunningProgram.Start(_folder.Path, arguments);
            await using RunningProgram other = RunningProgram.Start(_folder.Path, arguments);

            (RunningProgram Program, bool Serves, string Line)[] outcomes = [await OutcomeAsync(one), await OutcomeAsync(other)];

            Assert.True(outcomes.Count(outcome => outcome.Serves) == 1, $"round {round}: {outcomes[0].Line} / {outcomes[1].Line}");
            (RunningProgram loser, _, string refusal) = outcomes.Single(outcome => !outcome.Serves);
            Assert.Equal(2, await loser.ExitAsync());
            string address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{ports[first]}");
            Assert.Contains($"[{Sections[first]}] cannot listen on {address}: the address is in use", refusal, StringComparison.Ordinal);

            RunningProgram server = outcomes.Single(outcome => outcome.Serves).Program;
            Assert.False(server.HasExited);
            await server.SignalAsync("TERM");
            Assert.Equal(0, await server.ExitAsync());
        }
    }

    private static string[] Arguments(int first, int[] ports)
    {
        IEnumerable<string> settings = Sections.SelectMany((section, i) => new[]
        {
            $"{section}.enabled={(i < first ? "false" : "true")}",
            $"{section}.bind=127.0.0.1",
            string.Create(CultureInfo.InvariantCulture, $"{section}.port={ports[i]}"),
        });
        return
        [
            "run", "-c", Repository.OriginalConfiguration, .. RunningProgram.WithoutAdmin, "-s", "common.loops=2",
            .. settings.SelectMany(setting => new[] { "-s", setting }),
        ];
    }

    /// <summary>The line that says that a program serves, or why it does not.</summary>
    private static async Task<(RunningProgram Program, bool Serves, string Line)> OutcomeAsync(RunningProgram program)
    {
        try
        {
            return (program, true, await program.OutputAsync(line => line.StartsWith("ready ", StringComparison.Ordinal)));
        }
        catch (InvalidOperationException)
        {
            // It ended without that line.
            return (program, false, await program.ErrorAsync(line => line.Contains(" CRT ", StringComparison.Ordinal)));
        }
    }
}
