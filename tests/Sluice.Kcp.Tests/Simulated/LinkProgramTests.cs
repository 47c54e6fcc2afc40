using System.Net;
using Xunit;

namespace Sluice.Kcp.Tests.Simulated;

public class LinkProgramTests
{
    [Fact]
    public async Task The_relay_applies_its_options_and_prints_counts_at_the_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Ctrl-C is sent with kill");
        using var server = new UdpPort();
        using var client = new UdpPort();
        using LinkProgram link = LinkProgram.Start(
            "relay", "--listen", "127.0.0.1:0", "--to", $"{server.EndPoint}", "--duplicate", "100", "--only", "to-server", "--delay", "1");
        string[] ready = (await link.LineAsync()).Split(' ');
        Assert.Equal(("ready", $"to={server.EndPoint}"), (ready[0], ready[2]));
        Assert.Equal("to the server: delay 1 ms, 100% duplicated; to clients: perfect", await link.LineAsync());

        client.Send("ping", IPEndPoint.Parse(ready[1]["udp=".Length..]));
        Assert.Equal("ping", server.Receive().Word);
        (string word, IPEndPoint from) = server.Receive();
        Assert.Equal("ping", word);
        server.Send("pong", from);
        Assert.Equal("pong", client.Receive().Word);

        await link.InterruptAsync();
        Assert.Equal(
            "1 clients, 0 rebindings, 0 rejected; to the server: 1 sent, 0 lost, 1 duplicated, 0 reordered, 2 delivered, 32 bytes; "
            + "to clients: 1 sent, 0 lost, 0 duplicated, 0 reordered, 1 delivered, 32 bytes",
            await link.LineAsync());
        Assert.Equal(0, await link.ExitAsync());
    }

    [Fact]
    public async Task The_program_reports_the_effect_and_cost_of_fec()
    {
        string[] arguments = ["try", "--loss", "5", "--delay", "20", "--messages", "1000", "--fec", "0/0,1/1,10/3"];
        (int exitCode, string output, string errors) = await LinkProgram.RunAsync(arguments);
        Assert.Equal((0, ""), (exitCode, errors));
        string[][] rows = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(3)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

        Assert.Equal(["0/0", "1/1", "10/3"], rows.Select(row => row[0]));
        Assert.All(rows, row => Assert.Equal("1000/1000", row[1]));
        Assert.All(rows, row => Assert.Equal("40", row[2]));
        Assert.True(int.Parse(rows[1][3]) < int.Parse(rows[0][3]), output);
        Assert.True(int.Parse(rows[1][6]) > int.Parse(rows[2][6]) && int.Parse(rows[2][6]) > int.Parse(rows[0][6]), output);
        Assert.Equal("0", rows[0][7]);
        Assert.Equal((exitCode, output, errors), await LinkProgram.RunAsync(arguments));
    }

    [Theory]
    [InlineData("try --loss x", "--loss takes a number from 0 to 100; found 'x'.")]
    [InlineData("try --loss 101", "--loss takes a number from 0 to 100; found '101'.")]
    [InlineData("try --delay 0.5", "--delay takes a whole number from 0 to 60000; found '0.5'.")]
    [InlineData("try --fec 10", "--fec takes shapes such as 10/3 or 0/0, at most 255 shards together; found '10'.")]
    [InlineData("try --fec 10/3,250/6", "found '250/6'.")]
    [InlineData("relay --listen 9000 --to 127.0.0.1:1", "--listen takes an address and a port")]
    [InlineData("relay --listen 127.0.0.1:0", "'--to' is required")]
    [InlineData("relay --listen 192.0.2.1:9 --to 127.0.0.1:1", "cannot listen on 192.0.2.1:9")]
    [InlineData("", "command")]
    public async Task A_wrong_command_line_is_reported_and_exits_with_1(string arguments, string expected)
    {
        (int exitCode, _, string errors) = await LinkProgram.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(1, exitCode);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_ends_with_2()
    {
        using var taken = new UdpPort();
        (int exitCode, _, string errors) = await LinkProgram.RunAsync("relay", "--listen", $"{taken.EndPoint}", "--to", "127.0.0.1:1");
        Assert.Equal(2, exitCode);
        Assert.Contains($"{taken.EndPoint}", errors, StringComparison.Ordinal);
    }
}
