using System.Text;
using CsCheck;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Gateway.Tests.Routing.Nodes;

/// <summary>What operators and other programs write into a registry.</summary>
public class NodeValueTests
{
    [Theory]
    [InlineData("10.0.0.5:7083", "Up 10.0.0.5:7083 AsClient")]
    [InlineData("  10.0.0.5:7083\r\n", "Up 10.0.0.5:7083 AsClient")]
    [InlineData("game.internal:7083", "Up game.internal:7083 AsClient")]
    [InlineData("[2001:db8::1]:7083", "Up [2001:db8::1]:7083 AsClient")]
    [InlineData("""{"host":"10.0.0.5","port":7083}""", "Up 10.0.0.5:7083 AsClient")]
    [InlineData("""{"host":"2001:db8::1","port":7083,"state":"up","protocol":"kcp"}""", "Up kcp://[2001:db8::1]:7083 Kcp")]
    [InlineData("""{ "protocol":"tcp", "state":"draining", "port":1, "host":"a" }""", "Draining tcp://a:1 Tcp")]
    [InlineData("""{"host":"a","port":65535,"state":"full"}""", "Full a:65535 AsClient")]
    [InlineData("\ufeff10.0.0.5:7083", "Up 10.0.0.5:7083 AsClient")]
    [InlineData("\ufeff {\"host\":\"a\",\"port\":1}", "Up a:1 AsClient")]
    [InlineData("""{"host":"a","port":7083.0}""", "Up a:7083 AsClient")]
    [InlineData("""{"host":"a","port":1e3}""", "Up a:1000 AsClient")]
    [InlineData("""{"host":"a","port":7.083E+3}""", "Up a:7083 AsClient")]
    [InlineData("""{"host":"a","port":70830e-1}""", "Up a:7083 AsClient")]
    [InlineData("""{"host":"a","port":1,"weight":5,"labels":{"zone":["x",{"deep":[[[[1]]]]}]}}""", "Up a:1 AsClient")]
    [InlineData("""["a:1","b:2"]""", "Up a:1 AsClient b:2 AsClient")]
    [InlineData("""["a:1",{"host":"b","port":2,"state":"full"}]""", "Full a:1 AsClient b:2 AsClient")]
    [InlineData("""[{"host":"a","port":1,"state":"draining"},{"host":"b","port":2,"state":"full"}]""", "Draining a:1 AsClient b:2 AsClient")]
    [InlineData("""[{"host":"a","port":1,"state":"full"},{"host":"b","port":2,"state":"draining"},"c:3"]""", "Draining a:1 AsClient b:2 AsClient c:3 AsClient")]
    public void Good_values_are_nodes(string value, string expected)
    {
        Assert.True(NodeValue.TryParse(Encoding.UTF8.GetBytes(value), out Node? node, out _));
        Assert.Equal(expected, $"{node.State} {string.Join(' ', node.Backends.Select(backend => $"{backend} {backend.Protocol}"))}");
    }

    [Theory]
    [InlineData("", "neither host:port nor JSON")]
    [InlineData("nonsense", "neither host:port nor JSON")]
    [InlineData("10.0.0.5", "neither host:port nor JSON")]
    [InlineData("10.0.0.5:0", "neither host:port nor JSON")]
    [InlineData("10.0.0.5:7083 # spare", "neither host:port nor JSON")]
    [InlineData("0x0a000005:7083", "neither host:port nor JSON")]
    [InlineData("{", "no JSON")]
    [InlineData("{}", "lacks host or port")]
    [InlineData("""{"host":"a"}""", "lacks host or port")]
    [InlineData("""{"port":1}""", "lacks host or port")]
    [InlineData("""{"host":"a","port":0}""", "\"port\" has a value that cannot be")]
    [InlineData("""{"host":"a","port":65536}""", "\"port\" has a value that cannot be")]
    [InlineData("""{"host":"a","port":7083.00000000000000000000000000000000001}""", "write a number from 1 to 65535")]
    [InlineData("""{"host":"a","port":7083.0000000000001}""", "write a number from 1 to 65535")]
    [InlineData("""{"host":"a","port":1e5}""", "write a number from 1 to 65535")]
    [InlineData("""{"host":"a","port":1e999}""", "write a number from 1 to 65535")]
    [InlineData("""{"host":"a","port":-1.0}""", "write a number from 1 to 65535")]
    [InlineData("""{"host":"a","port":0e0}""", "write a number from 1 to 65535")]
    [InlineData("""{"host":"a","port":1.5}""", "\"port\" has a value that cannot be")]
    [InlineData("""{"host":"a","port":"1"}""", "\"port\" has a value that cannot be")]
    [InlineData("""{"host":"a:1","port":1}""", "neither an address nor a name")]
    [InlineData("""{"host":"","port":1}""", "neither an address nor a name")]
    [InlineData("""{"host":1,"port":1}""", "\"host\" has a value that cannot be")]
    [InlineData("""{"host":"a","port":1,"state":"down"}""", "\"state\" has a value that cannot be")]
    [InlineData("""{"host":"a","port":1,"state":null}""", "\"state\" has a value that cannot be")]
    [InlineData("""{"host":"a","port":1,"protocol":"udp"}""", "\"protocol\" has a value that cannot be")]
    [InlineData("""{"host":"a","host":"b","port":1}""", "\"host\" stands in it twice")]
    [InlineData("""{"host":"a","port":1,"secret":1,"secret":2}""", "\"a field\" stands in it twice")]
    [InlineData("""{"host":"a","port":1}{}""", "no JSON")]
    [InlineData("""{"host":"a","port":1,}""", "no JSON")]
    [InlineData("""{"host":"a","port":1/**/}""", "no JSON")]
    [InlineData("""{"host":"\ud800","port":1}""", "not Unicode")]
    [InlineData("[]", "list is empty")]
    [InlineData("[ 1]", "no address")]
    [InlineData("[1]", "neither host:port nor JSON")]
    [InlineData("""[["a:1"]]""", "no address")]
    [InlineData("""["a:1","b"]""", "neither host:port nor JSON")]
    public void Bad_values_are_told_apart(string value, string problem)
    {
        Assert.False(NodeValue.TryParse(Encoding.UTF8.GetBytes(value), out Node? node, out string? found));
        Assert.Null(node);
        Assert.Contains(problem, found, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_UTF8_too_long_or_too_deep_is_malformed()
    {
        Assert.Contains("not UTF-8", ProblemOf([(byte)'a', 0xff]), StringComparison.Ordinal);
        Assert.Contains("no JSON", ProblemOf("{\"host\":\"\xff\""u8[..9].ToArray()), StringComparison.Ordinal);
        Assert.Contains("more than 16384 bytes", ProblemOf(new byte[16_385]), StringComparison.Ordinal);
        Assert.Contains("no JSON", ProblemOf(Encoding.UTF8.GetBytes($"{{\"host\":\"a\",\"port\":1,\"x\":{new string('[', 8000)}")), StringComparison.Ordinal);
        Assert.Contains("more than 16 addresses", ProblemOf(Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("\"a:1\"", 17))}]")), StringComparison.Ordinal);
    }

    /// <summary>Whatever a registry holds, nothing is thrown, and a value is either a node or a problem.</summary>
    [Fact]
    public void No_bytes_throw()
    {
        string[] pieces = ["{", "}", "[", "]", ",", ":", "\"host\"", "\"port\"", "\"state\"", "\"a\"", "\"a:1\"", "1", "null", "\\ud800", "\"", "\0", " ", "up", "a:1"];
        Gen.OneOf(Gen.Byte.Array[0, 64], Gen.Int[0, pieces.Length - 1].Array[0, 12].Select(chosen => Encoding.UTF8.GetBytes(string.Concat(chosen.Select(i => pieces[i])))))
            .Sample(bytes => NodeValue.TryParse(bytes, out Node? node, out string? problem) ? node!.Backends.Count > 0 : problem!.Length > 0);
    }

    private static string ProblemOf(byte[] value)
    {
        Assert.False(NodeValue.TryParse(value, out _, out string? problem));
        return problem;
    }
}
