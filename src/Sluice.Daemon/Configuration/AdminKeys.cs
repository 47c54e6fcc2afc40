using System.Net;
using Sluice.Daemon.Configuration.Kinds;

namespace Sluice.Daemon.Configuration;

/// <summary>The keys of <c>[admin]</c>: where the program says how it is.</summary>
internal static class AdminKeys
{
    private const string Section = "admin";

    public static readonly ConfigurationKey<bool> Enabled = new(Section, "enabled", new TruthKind(), true,
        "Whether `/healthz`, `/readyz` and `/metrics` are served over HTTP.");

    public static readonly ConfigurationKey<IPAddress?> Bind = new(Section, "bind", new AddressKind(), IPAddress.Loopback,
        "Address to listen on. One that is not of the loopback needs `token`.");

    public static readonly ConfigurationKey<long> Port = new(Section, "port", new WholeNumberKind(0, 65535), 9180,
        "TCP port; 0 takes a free one, and the `ready` line says which. No client reaches it as a backend.");

    public static readonly ConfigurationKey<string> Token = new(Section, "token", new SecretTextKind(), "",
        "What `Authorization: Bearer` must say for `/metrics`, and for why `/readyz` says what it says; \"\" = anybody may read them.");

    /// <summary>Every key, in the order of the documentation.</summary>
    public static IReadOnlyList<ConfigurationKey> All { get; } = [Enabled, Bind, Port, Token];

    /// <summary>True where somebody wants the endpoint as it is configured; without, it is a default that nobody may have thought of.</summary>
    public static bool AreWritten(Settings settings) => All.Any(key => settings.OriginOf(key) is not null);

    /// <summary>Finds what only shows once the keys are read together.</summary>
    public static void Check(Settings settings, FaultList faults)
    {
        if (settings.Get(Enabled)
            && settings.Get(Token).Length == 0
            && (settings.Get(Bind) is not { } bind || !IPAddress.IsLoopback(bind)))
        {
            faults.Add(
                settings.OriginOf(Bind)!.Value,
                $"{Bind}: whoever reaches an address that is not of the loopback could read everything; write a token beside it (openssl rand -hex 32), or bind = \"127.0.0.1\"");
        }
    }
}
