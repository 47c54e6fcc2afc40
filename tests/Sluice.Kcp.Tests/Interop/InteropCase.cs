using System.Text;
using Sluice.Kcp.Crypto;

namespace Sluice.Kcp.Tests.Interop;

/// <summary>One point of the matrix; both sides are set alike.</summary>
public sealed record InteropCase(int Data, int Parity, bool Turbo, int LossPercent, int Mtu, string Crypt = "")
{
    public const string Passphrase = "a pass phrase of the tests";

    /// <summary>FEC of the side that is ours: as a client its own shape, as a server the client's.</summary>
    public KcpOptions Options(bool asServer) => new()
    {
        Mtu = Mtu,
        NoDelay = Turbo,
        Interval = Turbo ? 10 : 100,
        FastResend = Turbo ? 2 : 0,
        NoCongestionWindow = Turbo,
        SendWindow = Turbo ? 256 : 32,
        ReceiveWindow = Turbo ? 256 : 32,
        StreamMode = true,
        Fec = asServer ? KcpFec.Mirror : KcpFec.Fixed(Data, Parity),
        ReservedBytes = Crypt.Length > 0 ? KcpPacketCrypto.Overhead : 0,
    };

    // Under loss the default settings send one segment per round trip and wait 200 ms and more for each lost one.
    public int BulkBytes { get; init; } = (Turbo, LossPercent) switch
    {
        // A large shape shows itself late where much is lost: with 200,000 bytes one run of 750 ended before.
        (true, 15) when Data >= 30 => 1_000_000,
        (true, _) => 200_000,
        (false, 0) => 100_000,
        (false, _) => 15_000,
    };

    public int Echoes => Turbo || LossPercent == 0 ? 20 : 6;

    /// <summary>The seed of this case, the same in every run.</summary>
    public int Seed => unchecked((int)Crc32.Compute(Encoding.UTF8.GetBytes(ToString())));

    public override string ToString() => $"{Data}/{Parity} {(Turbo ? "turbo" : "default")} loss {LossPercent} mtu {Mtu} {Crypt}";
}
