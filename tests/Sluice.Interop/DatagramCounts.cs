namespace Sluice.Interop;

/// <summary>Counts the datagrams of one direction by kind, including lost ones.</summary>
internal sealed class DatagramCounts
{
    public int Plain { get; private set; }

    public int FecData { get; private set; }

    public int Parity { get; private set; }

    public int Longest { get; private set; }

    public void Count(ReadOnlySpan<byte> datagram)
    {
        Longest = Math.Max(Longest, datagram.Length);
        switch (Segments.KindOf(datagram))
        {
            case DatagramKind.Plain:
                Plain++;
                break;
            case DatagramKind.FecData:
                FecData++;
                break;
            default:
                Parity++;
                break;
        }
    }

    public override string ToString() => $"{Plain} plain, {FecData} data, {Parity} parity";
}
