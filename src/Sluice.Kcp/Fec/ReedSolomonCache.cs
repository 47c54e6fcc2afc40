namespace Sluice.Kcp.Fec;

/// <summary>One code per shape for all sessions of a loop. Real peers use a handful of shapes; hostile ones cannot make this grow.</summary>
internal sealed class ReedSolomonCache
{
    private const int MostShapes = 16;
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
        if (_codes.Count == MostShapes)
        {
            _codes.RemoveAt(0);
        }

        _codes.Add(made);
        return made;
    }
}
