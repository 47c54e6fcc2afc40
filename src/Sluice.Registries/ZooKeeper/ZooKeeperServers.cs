using System.Diagnostics.CodeAnalysis;
using Sluice.Gateway.Routing;

namespace Sluice.Registries.ZooKeeper;

/// <summary>The servers of an ensemble and the root path, as ZooKeeper's own clients write them: <c>a:2181,b:2181/root</c>.</summary>
public sealed class ZooKeeperServers
{
    /// <summary>The port of a server without one.</summary>
    public const int DefaultPort = 2181;

    private const int MaxServers = 100;

    private ZooKeeperServers(IReadOnlyList<Backend> servers, string root)
    {
        Servers = servers;
        Root = root;
    }

    /// <summary>The servers, 1 to 100, each an address or name with a port.</summary>
    public IReadOnlyList<Backend> Servers { get; }

    /// <summary>The root of all other paths: empty, or a path that begins with / and does not end with it.</summary>
    public string Root { get; }

    /// <summary>Reads <c>host[:port],host[:port]…[/root]</c>; IPv6 addresses are in brackets.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ZooKeeperServers? servers)
    {
        servers = null;
        int slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        string root = slash < 0 ? "" : text![slash..];
        if (root.Length > 1 && !IsPath(root))
        {
            return false;
        }

        string[] words = (slash < 0 ? text ?? "" : text![..slash]).Split(',');
        var found = new List<Backend>(words.Length);
        foreach (string word in words)
        {
            if (!TryParseServer(word, out Backend? server))
            {
                return false;
            }

            found.Add(server);
        }

        servers = found.Count <= MaxServers ? new ZooKeeperServers(found, root.Length > 1 ? root : "") : null;
        return servers is not null;
    }

    /// <summary>
    /// Returns whether a text is a path of ZooKeeper: <c>/</c>, or names after a / each. No name is empty, "." or "..", or has control
    /// characters.
    /// </summary>
    public static bool IsPath(string? path)
    {
        if (path is null || path.Length is 0 or > 1024 || path[0] != '/')
        {
            return false;
        }

        return path.Length == 1 || path[1..].Split('/').All(name =>
            name is not ("" or "." or "..")
                && name.All(c => c is >= ' ' and (< '\x7f' or > '\x9f') and (< '\ud800' or (> '\uf8ff' and < '\ufff0'))));
    }

    /// <summary>Returns the servers as they were written, without the root.</summary>
    public override string ToString() => string.Join(',', Servers);

    private static bool TryParseServer(string text, [NotNullWhen(true)] out Backend? server) =>
        (Backend.TryParse(text, out server) || Backend.TryParse(text, DefaultPort, BackendProtocol.AsClient, out server))
        && server.Protocol == BackendProtocol.AsClient;
}
