namespace Sluice.Kcp.Fec;

/// <summary>Keeps one code per shape for all sessions of a loop. Real peers use few shapes, and hostile ones cannot make it grow.</summary>
internal sealed class ReedSolomonCache
{
    private const int MaxShapes = 16;
    private readonly List<ReedSolomon> _codes = new();

    public ReedSolomon Get(FecShape shape)
    {
        foreach (ReedSolomon code in _codes)
        {
            if (code.Shape == shape)
            {
                return code;
            }
        }

        var made = new ReedSolomon(shape);
        if (_codes.Count == MaxShapes)
        {
            _codes.RemoveAt(0);
        }

        _codes.Add(made);
        return made;
    }
}
