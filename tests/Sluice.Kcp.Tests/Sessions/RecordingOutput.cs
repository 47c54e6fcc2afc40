namespace Sluice.Kcp.Tests.Sessions;

/// <summary>Keeps what a session sends.</summary>
internal sealed class RecordingOutput : IKcpOutput
{
    private readonly byte[] _buffer = new byte[KcpOptions.MaxDatagram];

    public List<byte[]> Datagrams { get; } = [];

    public Span<byte> GetDatagram(int size) => _buffer;

    public void Commit(Span<byte> datagram) => Datagrams.Add(datagram.ToArray());

    public List<byte[]> Take()
    {
        List<byte[]> taken = [.. Datagrams];
        Datagrams.Clear();
        return taken;
    }
}
