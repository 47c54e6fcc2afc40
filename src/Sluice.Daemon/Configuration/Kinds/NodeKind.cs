using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>A node: an address, a table with one, or a list of either.</summary>
internal sealed class NodeKind : ValueKind<NodeEntry>
{
    private const string Host = "host";
    private const string Port = "port";
    private const string State = "state";
    private const string Protocol = "protocol";

    private const string Example = "\"10.0.0.5:7083\"";

    private static readonly string[] Known = [Host, Port, State, Protocol];
    private static readonly WholeNumberKind<int> Ports = new(1, 65535);
    private static readonly ChoiceKind<NodeState> States =
        new(("up", NodeState.Up), ("draining", NodeState.Draining), ("full", NodeState.Full));

    private static readonly ChoiceKind<BackendProtocol> Protocols = new(("tcp", BackendProtocol.Tcp), ("kcp", BackendProtocol.Kcp));

    public override RawKind Form => RawKind.List;

    public override string Range =>
        $"an address such as {Example}, a list of them, or a table with host, port and, where needed, state and protocol";

    public override string Write(NodeEntry value) => $"\"{value}\"";

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out NodeEntry value)
    {
        value = null!;
        IReadOnlyList<RawValue> items = raw.Kind == RawKind.List ? raw.Items : [raw];
        if (items.Count is 0 or > Node.MaxBackends)
        {
            fault(raw.Origin, $"a node has 1 to {Node.MaxBackends} addresses, this one has {items.Count}; write {Range}");
            return false;
        }

        var backends = new List<Backend>();
        var state = NodeState.Up;
        foreach (RawValue item in items)
        {
            if (Read(item, fault, ref state) is { } backend)
            {
                backends.Add(backend);
            }
        }

        value = new NodeEntry(backends, state);
        return backends.Count == items.Count;
    }

    private Backend? Read(RawValue item, Action<Origin, string> fault, ref NodeState state)
    {
        switch (item.Kind)
        {
            case RawKind.Text when Backend.TryParse(item.Text, out Backend? backend):
                return backend;
            case RawKind.Text:
                fault(item.Origin, $"{Quoted.Text(item.Text)} is no address; write host:port, for example {Example}");
                return null;
            case RawKind.Table:
                return ReadTable(item, fault, ref state);
            default:
                WrongForm(item, fault);
                return null;
        }
    }

    private static Backend? ReadTable(RawValue table, Action<Origin, string> fault, ref NodeState state)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? host = null;
        Origin hostOrigin = default;
        int port = 0;
        BackendProtocol protocol = default;
        bool good = true;
        foreach (RawSetting field in table.Fields)
        {
            RawValue value = field.Value!;
            if (!seen.Add(field.Key))
            {
                fault(field.Origin, $"{Quoted.Text(field.Key)} is written twice; keep one");
                good = false;
                continue;
            }

            switch (field.Key)
            {
                case Host when value.Kind == RawKind.Text:
                    (host, hostOrigin) = (value.Text, value.Origin);
                    break;
                case Host:
                    fault(value.Origin, $"found {value.Describe()}; write an address or a name, for example \"10.0.0.5\"");
                    good = false;
                    break;
                case Port:
                    good &= Ports.TryRead(value, fault, out port);
                    break;
                case State:
                    good &= States.TryRead(value, fault, out NodeState word);
                    state = MostCautious(state, word);
                    break;
                case Protocol:
                    good &= Protocols.TryRead(value, fault, out protocol);
                    break;
                default:
                    string nearest = NearestName.Of(field.Key, Known);
                    fault(field.Origin, $"unknown key {Quoted.Text(field.Key)}; the nearest known key is \"{nearest}\"");
                    good = false;
                    break;
            }
        }

        return good ? Create(table, host, hostOrigin, port, protocol, fault) : null;
    }

    private static Backend? Create(
        RawValue table, string? host, Origin hostOrigin, int port, BackendProtocol protocol, Action<Origin, string> fault)
    {
        if (host is null || port == 0)
        {
            fault(table.Origin, $"a node needs {(host is null ? Host : Port)}; write both host and port");
            return null;
        }

        if (!Backend.TryParse(host, port, protocol, out Backend? backend))
        {
            fault(hostOrigin, $"{Quoted.Text(host)} is neither an address nor a name; write for example \"10.0.0.5\"");
        }

        return backend;
    }

    /// <summary>Returns the more cautious state, which counts for a node with several addresses, as in every registry.</summary>
    private static NodeState MostCautious(NodeState one, NodeState other) =>
        one == NodeState.Draining || other == NodeState.Draining ? NodeState.Draining
        : one == NodeState.Full || other == NodeState.Full ? NodeState.Full
        : NodeState.Up;
}
