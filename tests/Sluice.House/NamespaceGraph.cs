using System.Text;
using dnlib.DotNet;

namespace Sluice.House;

/// <summary>The namespaces of an assembly and which of them use which, read from the compiled code.</summary>
internal sealed class NamespaceGraph
{
    /// <summary>Examples that are printed for each pair of namespaces.</summary>
    private const int MaxExamples = 12;

    private readonly SortedDictionary<string, SortedDictionary<string, SortedSet<string>>> _uses = new(StringComparer.Ordinal);

    /// <summary>Reads an assembly.</summary>
    public static NamespaceGraph Read(string file)
    {
        var graph = new NamespaceGraph();
        using var module = ModuleDefMD.Load(file);
        foreach (TypeDef type in module.GetTypes())
        {
            string user = NamespaceOf(type);
            foreach (TypeDef used in TypeUses.Of(type).Where(used => used.Module == module))
            {
                string name = NamespaceOf(used);
                if (user.Length > 0 && name.Length > 0 && user != name)
                {
                    graph.Add(user, name, $"{NameOf(type)} uses {NameOf(used)}");
                }
            }
        }

        return graph;
    }

    /// <summary>Adds that one namespace uses another.</summary>
    public void Add(string user, string used, string example)
    {
        if (!_uses.TryGetValue(user, out SortedDictionary<string, SortedSet<string>>? all))
        {
            _uses.Add(user, all = new(StringComparer.Ordinal));
        }

        if (!all.TryGetValue(used, out SortedSet<string>? examples))
        {
            all.Add(used, examples = new(StringComparer.Ordinal));
        }

        examples.Add(example);
    }

    /// <summary>Returns the sets of namespaces that reach each other.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Circles()
    {
        var reached = _uses.Keys.ToDictionary(name => name, Reachable, StringComparer.Ordinal);
        return [.. _uses.Keys
            .Where(name => reached[name].Contains(name))
            .GroupBy(
                name => string.Join(' ', reached[name].Where(other => reached.GetValueOrDefault(other)?.Contains(name) == true)),
                StringComparer.Ordinal)
            .Select(group => (IReadOnlyList<string>)[.. group])];
    }

    /// <summary>Returns a text with every use inside a circle.</summary>
    public string Describe(IReadOnlyList<string> circle)
    {
        var text = new StringBuilder()
            .AppendLine($"{circle.Count} namespaces know each other in a circle: {string.Join(", ", circle)}");
        foreach (string user in circle)
        {
            var inCircle = _uses[user].Where(pair => circle.Contains(pair.Key, StringComparer.Ordinal));
            foreach ((string used, SortedSet<string> examples) in inCircle)
            {
                string more = examples.Count > MaxExamples ? "; ..." : "";
                text.AppendLine($"  {user} -> {used}: {string.Join("; ", examples.Take(MaxExamples))}{more}");
            }
        }

        return text.ToString();
    }

    private SortedSet<string> Reachable(string from)
    {
        var reached = new SortedSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([from]);
        while (open.TryPop(out string? name))
        {
            foreach (string next in _uses.GetValueOrDefault(name)?.Keys.ToArray() ?? [])
            {
                if (reached.Add(next))
                {
                    open.Push(next);
                }
            }
        }

        return reached;
    }

    private static string NamespaceOf(TypeDef type) => Outermost(type).Namespace;

    private static string NameOf(TypeDef type) => Outermost(type).Name;

    private static TypeDef Outermost(TypeDef type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
