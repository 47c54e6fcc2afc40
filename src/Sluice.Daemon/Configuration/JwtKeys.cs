using Sluice.Daemon.Configuration.Kinds;
using Sluice.Tokens;

namespace Sluice.Daemon.Configuration;

/// <summary>The keys of <c>[jwt]</c>, the strategy of signed tokens.</summary>
internal static class JwtKeys
{
    private const string Section = "jwt";

    private static readonly TruthKind Truth = new();
    private static readonly TextKind Text = new("a text, or \"\" for none", _ => true);

    public static readonly ConfigurationKey<IReadOnlyList<string>> Algorithms = new(Section, "algorithms",
        new TextListKind($"a list of {string.Join(", ", JwtAlgorithms.Names)}", name => JwtAlgorithms.Names.Contains(name, StringComparer.Ordinal)), ["HS256"],
        "What tokens may be signed with; nothing else is accepted.");

    public static readonly ConfigurationKey<string> KeyFile = new(Section, "key_file", new PathKind(), "",
        "File with the secret (HS…), a public key in PEM, or a JWKS. Needed for `jwt`. Watched: a new one verifies the next token.");

    public static readonly ConfigurationKey<string> Issuer = new(Section, "issuer", Text, "", "What `iss` must be; \"\" = it is not looked at.");

    public static readonly ConfigurationKey<string> Audience = new(Section, "audience", Text, "",
        "What `aud` must be, or contain; \"\" = it is not looked at.");

    public static readonly ConfigurationKey<TimeSpan> Leeway = new(Section, "leeway", new SecondsKind(0, 3600), TimeSpan.FromSeconds(5),
        "Seconds by which the issuer's clock may differ, for `exp` and `nbf`.");

    public static readonly ConfigurationKey<bool> Verify = new(Section, "verify", Truth, true,
        "false = no signature is looked at: a token is then a label that any client can forge. It is warned of at every start.");

    public static readonly ConfigurationKey<bool> RequireExpiry = new(Section, "require_expiry", Truth, true,
        "Whether a token without `exp`, which is good for ever, is refused.");

    public static readonly ConfigurationKey<bool> RequireClientIp = new(Section, "require_client_ip", Truth, false,
        "Whether a token without `client_ip` is refused. One that has it must come from that address in any case.");

    public static readonly ConfigurationKey<bool> OneTime = new(Section, "one_time", Truth, false,
        "Whether a token serves once; it needs `jti` and `exp`. Each gateway remembers its own.");

    public static readonly ConfigurationKey<long> OneTimeCapacity = new(Section, "one_time_capacity", new WholeNumberKind(1, 10_000_000), 100_000,
        "Used tokens that are remembered until they expire, about 80 bytes each; while all are still good, clients are refused with `busy`.");

    public static readonly ConfigurationKey<string> NodeRegistry = new(Section, "node_registry", Text, "",
        "The strategy that looks up the claim `node`, for example \"etcd\"; \"\" = tokens name `host` and `port` only.");

    /// <summary>Every key, in the order of the documentation.</summary>
    public static IReadOnlyList<ConfigurationKey> All { get; } =
        [Algorithms, KeyFile, Issuer, Audience, Leeway, Verify, RequireExpiry, RequireClientIp, OneTime, OneTimeCapacity, NodeRegistry];
}
