using System.Diagnostics.CodeAnalysis;

namespace Sluice.Registries.Dns;

/// <summary>A limited cache of names. The least recently used are evicted first.</summary>
/// <remarks>
/// It has two halves. When the younger is full, it replaces the elder, whose names are evicted. A used name moves to the younger.
/// </remarks>
internal sealed class NameCache(int bound)
{
    private readonly int _half = Math.Max(1, bound / 2);
    private Dictionary<string, KnownName> _younger = new(StringComparer.Ordinal);
    private Dictionary<string, KnownName> _elder = new(StringComparer.Ordinal);

    public bool TryGet(string name, [NotNullWhen(true)] out KnownName? known)
    {
        if (_younger.TryGetValue(name, out known))
        {
            return true;
        }

        if (!_elder.Remove(name, out known))
        {
            return false;
        }

        Set(name, known);
        return true;
    }

    public void Set(string name, KnownName known)
    {
        if (_younger.Count >= _half && !_younger.ContainsKey(name))
        {
            _elder = _younger;
            _younger = new(StringComparer.Ordinal);
        }

        _younger[name] = known;
    }

    public void Remove(string name)
    {
        _younger.Remove(name);
        _elder.Remove(name);
    }
}
