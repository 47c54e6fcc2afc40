using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;
using Sluice.Daemon.Tests.Kit;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary><c>[static.nodes]</c>: a section whose keys are the operator's names.</summary>
public sealed class StaticNodesTests
{
    private const string Selected = "[common]\nheader_identify = \"static\"\n";

    [Fact]
    public void Names_are_free_and_a_node_is_written_in_any_of_the_forms()
    {
        Assert.Equal(
            "s1 = 127.0.0.1:7083, s2 = 10.0.0.1:1 10.0.0.2:2, s.3 = kcp://10.0.0.3:3 Draining, \u00e4 b = [2001:db8::1]:4, s5 = "
                + "a:5 b:6 Full, port = c:7",
            Nodes(
                """
                "s1" = "127.0.0.1:7083"
                s2 = ["10.0.0.1:1", "10.0.0.2:2"]
                "s.3" = { host = "10.0.0.3", port = 3, state = "draining", protocol = "kcp" }
                "\u00e4 b" = { host = "2001:db8::1", port = 4 }
                s5 = ["a:5", { host = "b", port = 6, state = "full" }]
                port = "c:7"
                """));
    }

    [Fact]
    public void A_table_of_its_own_says_the_same()
    {
        Assert.Equal("s1 = a:1, s.2 = b:2 Full", Nodes("s1 = \"a:1\"\n[static.nodes.\"s.2\"]\nhost = \"b\"\nport = 2\nstate = \"full\""));
        Assert.Equal("s1 = a:1", Configured.Valid("static.nodes.s1 = \"a:1\"").ValueOf(StaticNodesSection.Nodes)!.ToString());
    }

    [Fact]
    public void Environment_and_command_line_add_nodes_and_replace_them_by_name()
    {
        LoadedConfiguration loaded = Configured.Load(
            "[static.nodes]\ns1 = \"a:1\"\ns2 = \"b:2\"", "static.nodes.s2=c:3,d:4", "static.nodes.S5=[\"e:5\"]");
        Assert.Empty(loaded.Describe());
        Assert.Equal("s1 = a:1, s2 = c:3 d:4, S5 = e:5", loaded.Settings.ValueOf(StaticNodesSection.Nodes)!.ToString());

        loaded = Configured.LoadWith("[static.nodes]\ns1 = \"a:1\"", ("SLUICE_STATIC__NODES__S2", "b:2"));
        Assert.Empty(loaded.Describe());
        Assert.Equal("s1 = a:1, s2 = b:2", loaded.Settings.ValueOf(StaticNodesSection.Nodes)!.ToString());
    }

    [Theory]
    [InlineData("s1 = \"a\"", "test.toml:4:6: [static.nodes]: \"a\" is no address; write host:port, for example \"10.0.0.5:7083\"")]
    [InlineData(
        "s1 = [\"a:1\", \"b\"]", "test.toml:4:14: [static.nodes]: \"b\" is no address; write host:port, for example \"10.0.0.5:7083\"")]
    [InlineData("s1 = { host = \"a\" }", "test.toml:4:6: [static.nodes]: a node needs port; write both host and port")]
    [InlineData("s1 = { port = 1 }", "test.toml:4:6: [static.nodes]: a node needs host; write both host and port")]
    [InlineData("s1 = { host = \"a b\", port = 1 }", "test.toml:4:15: [static.nodes]: \"a b\" is neither an address nor a name")]
    [InlineData("s1 = { host = \"a\", port = 0 }", "test.toml:4:27: [static.nodes]: 0 is out of range")]
    [InlineData("s1 = { host = 5, port = 1 }", "test.toml:4:15: [static.nodes]: found the number 5; write an address or a name")]
    [InlineData("s1 = { host = \"a\", port = 1, state = \"down\" }", "test.toml:4:38: [static.nodes]: \"down\" is not known")]
    [InlineData(
        "s1 = { host = \"a\", prot = 1 }", "test.toml:4:20: [static.nodes]: unknown key \"prot\"; the nearest known key is \"protocol\"")]
    [InlineData("s1 = { host = \"a\", port = 1, protocol = \"udp\" }", "test.toml:4:41: [static.nodes]: \"udp\" is not known")]
    [InlineData("s1 = \"a:1\"\ns1 = \"b:2\"", "test.toml:5:1: \"s1\" in [static.nodes] is written twice, first in line 4; keep one")]
    [InlineData("s.1 = \"a:1\"", "test.toml:4:1: unknown section [static.nodes.s]; in [static.nodes] a name with a dot stands in quotes")]
    [InlineData("s1 = 1979-05-27", "test.toml:4:6: [static.nodes]: found a date or time; write an address")]
    public void A_bad_node_is_a_fault_at_its_place(string line, string fault) =>
        Assert.StartsWith(fault, Configured.OnlyFault($"{Selected}[static.nodes]\n{line}\n"), StringComparison.Ordinal);

    [Fact]
    public void A_node_has_at_most_sixteen_addresses() =>
        Assert.Contains(
            "this one has 17",
            Configured.OnlyFault($"[static.nodes]\ns1 = [{string.Join(',', Enumerable.Repeat("\"a:1\"", 17))}]"),
            StringComparison.Ordinal);

    [Fact]
    public void Without_a_node_the_strategy_is_a_fault() =>
        Assert.Equal(
            "test.toml:2:1: [common] header_identify: \"static\" needs a node; write for example \"s1\" = \"10.0.0.5:7083\" into "
                + "[static.nodes]",
            Configured.OnlyFault($"{Selected}[static.nodes]"));

    private static string Nodes(string lines) =>
        Configured.Valid($"{Selected}[static.nodes]\n{lines}\n").ValueOf(StaticNodesSection.Nodes)!.ToString()!;
}
