using System.Text;
using System.Text.Json;
using Sluice.Registries.Kubernetes;

namespace Sluice.Fuzz;

/// <summary>
/// A pod as the API server of Kubernetes sends it: a node with an address, or none. Only input that is not JSON is rejected by an
/// exception.
/// </summary>
internal sealed class PodTarget : FuzzTarget
{
    private static readonly PodReader[] Readers =
    [
        new(new KubernetesOptions { Port = 7083 }), new(new KubernetesOptions { PortName = "game", NameLabel = "node" }),
    ];

    public override string Name => "pod";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        .. new[]
        {
            """
            {"metadata":{"name":"a","labels":{"node":"s1"},"annotations":{"sluice.io/state":"full"}},
            "spec":{"containers":[{"ports":[{"name":"game",
            "containerPort":7083}]}]},"status":{"phase":"Running","podIP":"10.0.0.5","conditions":[{"type":"Ready","status":"True"}]}}
            """,
            """{"metadata":{"name":"b","deletionTimestamp":"x"},"status":{"phase":"Running","podIP":"::1"}}""",
            """{"\ud800":1,"metadata":{"\ud800":1,"name":"a"}}""",
            """{"metadata":{"name":"\ud800"},"status":null,"spec":{"containers":[null,1,{"ports":{}}]}}""",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public override void Check(ReadOnlySpan<byte> input)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(input.ToArray());
        }
        catch (JsonException)
        {
            return;
        }

        using (document)
        {
            foreach (PodReader reader in Readers)
            {
                Pod? pod = reader.Read(document.RootElement);
                Require(pod is null || pod.Name.Length > 0, "a pod has a name");
                Require(
                    pod?.Backend is null || (pod.Backend.Name is null && pod.Backend.Port > 0 && pod.NodeName.Length > 0),
                    "a node has an address and a port");
            }
        }
    }
}
