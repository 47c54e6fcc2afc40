using System.Text.Json.Nodes;

namespace Sluice.Registries.Tests.Kubernetes;

/// <summary>Pods as the API server has them.</summary>
internal static class Pods
{
    public static JsonObject Ready(string name, string address = "10.0.0.5") => new()
    {
        ["metadata"] =
            new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["app"] = "match" }, ["annotations"] = new JsonObject() },
        ["spec"] = new JsonObject
        {
            ["containers"] = new JsonArray(
                new JsonObject { ["name"] = "log" },
                new JsonObject
                {
                    ["name"] = "game",
                    ["ports"] = new JsonArray(
                        new JsonObject { ["name"] = "metrics", ["containerPort"] = 9090 },
                        new JsonObject { ["name"] = "game", ["containerPort"] = 7083 }),
                }),
        },
        ["status"] = new JsonObject
        {
            ["phase"] = "Running",
            ["podIP"] = address,
            ["conditions"] = new JsonArray(
                new JsonObject { ["type"] = "Initialized", ["status"] = "True" },
                new JsonObject { ["type"] = "Ready", ["status"] = "True" }),
        },
    };

    public static JsonObject NotReady(this JsonObject pod)
    {
        pod["status"]!["conditions"]![1]!["status"] = "False";
        return pod;
    }

    public static JsonObject Terminating(this JsonObject pod)
    {
        pod["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z";
        return pod;
    }

    public static JsonObject Annotated(this JsonObject pod, string name, JsonNode value)
    {
        pod["metadata"]!["annotations"]![name] = value;
        return pod;
    }

    public static JsonObject Labelled(this JsonObject pod, string name, string value)
    {
        pod["metadata"]!["labels"]![name] = value;
        return pod;
    }

    public static JsonObject InPhase(this JsonObject pod, string phase)
    {
        pod["status"]!["phase"] = phase;
        return pod;
    }
}
