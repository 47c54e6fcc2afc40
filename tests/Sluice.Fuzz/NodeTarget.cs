using System.Text;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries;

namespace Sluice.Fuzz;

/// <summary>
/// The value and key of a node in a registry: a node that can be dialled, or a problem that repeats nothing of it.
/// </summary>
internal sealed class NodeTarget : FuzzTarget
{
    public override string Name => "node";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        .. new[]
        {
            "10.0.0.5:7083", " [::1]:80\n", "kcp://game.internal:1", "/sluice/nodes/s1",
            """{"host":"10.0.0.5","port":7083,"state":"draining","protocol":"kcp","more":{"a":[1,2,{}]}}""",
            """["10.0.0.5:7083",{"host":"::1","port":1,"state":"full"},"a.b:2"]""",
            """{"host":"\ud83d\ude00","port":1e3}""", """{"host":"a","host":"b","port":1}""", "[[[", "[]", """{"host":"\ud800"}""",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public override void Check(ReadOnlySpan<byte> input)
    {
        bool read = NodeValue.TryParse(input, out Node? node, out string? problem);
        Require(read == (node is not null) && read == (problem is null), "there is a node or a problem");
        if (read)
        {
            Require(node!.Backends.Count is >= 1 and <= Node.MaxBackends, "a node has some addresses");
            Require(
                node.Backends.All(backend => Backend.TryParse(backend.ToString(), out Backend? again) && again.Port == backend.Port),
                "each can be read again");
        }
        else
        {
            Require(problem!.Length is > 0 and < 200 && problem.All(c => c is >= ' ' and <= '~'), "a problem is one short line");
        }

        if (NodeName.TryRead(input, "/sluice/nodes/"u8, out string? name))
        {
            Require(
                name.Length > 0 && Encoding.UTF8.GetBytes(name).AsSpan().SequenceEqual(input["/sluice/nodes/"u8.Length..]),
                "a name is what stands behind the prefix");
        }
    }
}
