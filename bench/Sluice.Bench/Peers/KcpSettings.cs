namespace Sluice.Bench.Peers;

/// <summary>
/// Settings of the KCP sessions of a work, the same for clients, relays and backends. All of them also use `nodelay 1, interval 10,
/// resend 2, nc 1`.
/// </summary>
/// <param name="DataShards">FEC data datagrams per group; 0 = no FEC.</param>
/// <param name="ParityShards">FEC parity datagrams per group.</param>
/// <param name="Window">Window of both directions, in segments.</param>
/// <param name="Reciprocity">Whether the backend speaks KCP too.</param>
internal sealed record KcpSettings(int DataShards, int ParityShards, int Window, bool Reciprocity = false) : Medium
{
    public const int Mtu = 1400;

    public override string NameEnding => (Reciprocity ? "-kcp" : "") + (DataShards > 0 ? "-fec" : "");

    public string FecText => DataShards > 0 ? $"with FEC {DataShards}/{ParityShards}" : "without FEC";

    public override string Connections => $"sessions {FecText}{(Reciprocity ? ", KCP to the backend" : "")}";

    /// <summary>Options for the programs in peers/kcp.</summary>
    public IReadOnlyList<string> Arguments =>
        ["--data", $"{DataShards}", "--parity", $"{ParityShards}", "--window", $"{Window}", "--mtu", $"{Mtu}"];
}
