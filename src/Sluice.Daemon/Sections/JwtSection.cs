using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Daemon.Routing;
using Sluice.Gateway.Routing;
using Sluice.Tokens;
using Sluice.Tokens.Keys;

namespace Sluice.Daemon.Sections;

/// <summary><c>[jwt]</c>: the strategy of signed tokens, which may name nodes in a registry.</summary>
internal static class JwtSection
{
    private static readonly TruthKind Truth = new();
    private static readonly TextKind Text = new("a text, or \"\" for none", _ => true);

    public static readonly Section<JwtOptions> Table = new("jwt", new JwtOptions()) { Check = Check, CheckFiles = CheckFiles };

    public static readonly Setting<IReadOnlyList<string>> Algorithms = Table.Add("algorithms",
        new TextListKind(
            $"a list of {string.Join(", ", JwtAlgorithms.Names)}", name => JwtAlgorithms.Names.Contains(name, StringComparer.Ordinal)),
        "Algorithms that tokens may be signed with. Nothing else is accepted.",
        options => options.Algorithms, (options, value) => options with { Algorithms = value });

    public static readonly Setting<string> KeyFile = Table.Add("key_file", new PathKind(),
        "File with the secret (HS…), a public key in PEM, or a JWKS. [`jwt`](tokens.md) needs it. "
        + "Watched: a new one verifies the next token.",
        options => options.KeyFile, (options, value) => options with { KeyFile = value });

    public static readonly Setting<string> Issuer = Table.Add("issuer", Text,
        "Value that `iss` must have. Empty = it is not checked.",
        options => options.Issuer, (options, value) => options with { Issuer = value });

    public static readonly Setting<string> Audience = Table.Add("audience", Text,
        "Value that `aud` must have or contain. Empty = it is not checked.",
        options => options.Audience, (options, value) => options with { Audience = value });

    public static readonly Setting<TimeSpan> Leeway = Table.Add("leeway", new SecondsKind(0, 3600),
        "Seconds by which the issuer's clock may differ, for `exp` and `nbf`.",
        options => options.Leeway, (options, value) => options with { Leeway = value });

    public static readonly Setting<bool> Verify = Table.Add("verify", Truth,
        "false = no signature is verified, so any client can forge a token. A warning is logged at every start.",
        options => options.Verify, (options, value) => options with { Verify = value });

    public static readonly Setting<bool> RequireExpiry = Table.Add("require_expiry", Truth,
        "Whether to reject a token without `exp`, which never expires.",
        options => options.RequireExpiry, (options, value) => options with { RequireExpiry = value });

    public static readonly Setting<bool> RequireClientIp = Table.Add("require_client_ip", Truth,
        "Whether to reject a token without `client_ip`. One that has it must come from that address in any case.",
        options => options.RequireClientIp, (options, value) => options with { RequireClientIp = value });

    public static readonly Setting<bool> OneTime = Table.Add("one_time", Truth,
        "Whether a token can be used only once. It needs `jti` and `exp`. Each gateway remembers only the tokens that it has seen. "
        + "See [one-time tokens](tokens.md#one-time-tokens).",
        options => options.OneTime, (options, value) => options with { OneTime = value });

    public static readonly Setting<int> OneTimeCapacity = Table.Add("one_time_capacity", new WholeNumberKind<int>(1, 10_000_000),
        "Used tokens that are remembered until they expire, about 80 bytes each. "
        + "If none of them has expired, further clients are rejected with `busy`.",
        options => options.OneTimeCapacity, (options, value) => options with { OneTimeCapacity = value });

    public static readonly Setting<string> NodeRegistry = Table.Add("node_registry", Text, "",
        "The strategy that looks up the claim `node`, for example \"etcd\". Empty = tokens name `host` and `port` only.");

    /// <summary>Creates the strategy.</summary>
    public static IBackendResolver Create(Settings settings, ILogger logger) =>
        new JwtResolver(Table.Build(settings), logger, Registry(settings)?.Create(settings, logger));

    private static void Check(Settings settings, FaultList faults)
    {
        if (settings.Get(Algorithms).Count == 0)
        {
            Fault(settings, faults, Algorithms, "nothing would be accepted; write [\"HS256\"], or what your tokens are signed with");
        }
        else if (settings.Get(Verify))
        {
            CheckKeyFile(settings, faults);
        }
        else
        {
            CheckUnverified(settings, faults);
        }

        CheckRegistry(settings, faults);
    }

    private static void CheckFiles(Settings settings, FaultList faults) =>
        Registry(settings)?.Section?.CheckFiles?.Invoke(settings, faults);

    private static void CheckKeyFile(Settings settings, FaultList faults)
    {
        if (settings.Get(KeyFile) is not { Length: > 0 } file)
        {
            Fault(
                settings, faults, KeyFile,
                $"the strategy \"{JwtResolver.StrategyName}\" needs a key to verify tokens with; "
                + "make a secret (openssl rand -base64 48 > route.key) and write key_file = \"route.key\" below [jwt]");
            return;
        }

        try
        {
            JwtResolver.CheckKeyFile(Table.Build(settings));
        }
        catch (TokenKeyException failure)
        {
            Fault(settings, faults, KeyFile, $"{Quoted.Text(file)} {failure.Problem}");
        }
    }

    /// <summary>An operator who writes one of these settings relies on it.</summary>
    private static void CheckUnverified(Settings settings, FaultList faults)
    {
        IEnumerable<Setting> useless =
        [
            .. new[] { OneTime, RequireClientIp }.Where(settings.Get),
            .. new[] { Issuer, Audience }.Where(setting => settings.Get(setting).Length > 0),
        ];
        foreach (Setting setting in useless)
        {
            Fault(
                settings, faults, setting,
                "with verify = false any client writes its own token, so this protects nothing; set verify = true, or take it out");
        }
    }

    private static void CheckRegistry(Settings settings, FaultList faults)
    {
        if (settings.Get(NodeRegistry) is not { Length: > 0 } name)
        {
            return;
        }

        if (Registry(settings) is { } registry)
        {
            registry.Section?.Check?.Invoke(settings, faults);
            return;
        }

        IEnumerable<string> known = Strategies.All.Where(strategy => strategy.IsRegistry).Select(strategy => $"\"{strategy.Name}\"");
        Fault(settings, faults, NodeRegistry, $"{Quoted.Text(name)} is no registry; write {string.Join(" or ", known)}");
    }

    private static Strategy? Registry(Settings settings) => Strategies.All.FirstOrDefault(
        strategy => strategy.IsRegistry && string.Equals(strategy.Name, settings.Get(NodeRegistry), StringComparison.Ordinal));

    private static void Fault(Settings settings, FaultList faults, Setting setting, string problem) => faults.Add(
        settings.OriginOf(setting) ?? settings.OriginOfSection(Table.Name) ?? settings.PlaceOf(CommonSection.HeaderIdentify),
        $"{setting}: {problem}");
}
