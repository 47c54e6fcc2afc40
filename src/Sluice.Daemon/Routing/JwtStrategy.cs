using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing;
using Sluice.Tokens;
using Sluice.Tokens.Keys;

namespace Sluice.Daemon.Routing;

/// <summary>What <c>[jwt]</c> means: the strategy of signed tokens, over a registry where tokens name nodes.</summary>
internal static class JwtStrategy
{
    /// <summary>Makes it from checked settings.</summary>
    public static IBackendResolver Create(Settings settings, ILogger logger) =>
        new JwtResolver(Options(settings), logger, Registry(settings)?.Create(settings, logger));

    /// <summary>Finds what is wrong with <c>[jwt]</c>, its key file, and the registry that it names.</summary>
    public static void Check(Settings settings, FaultList faults)
    {
        if (settings.Get(JwtKeys.Algorithms).Count == 0)
        {
            faults.Add(Place(settings, JwtKeys.Algorithms), $"{JwtKeys.Algorithms}: nothing would be accepted; write [\"HS256\"], or what your tokens are signed with");
        }
        else if (settings.Get(JwtKeys.Verify))
        {
            CheckKeyFile(settings, faults);
        }
        else
        {
            CheckUnverified(settings, faults);
        }

        CheckRegistry(settings, faults);
    }

    /// <summary>Looks at the files that the registry needs.</summary>
    public static void Look(Settings settings, FaultList faults) => Registry(settings)?.Look?.Invoke(settings, faults);

    /// <summary>The options of the resolver.</summary>
    public static JwtOptions Options(Settings settings) => new()
    {
        Algorithms = settings.Get(JwtKeys.Algorithms),
        KeyFile = settings.Get(JwtKeys.KeyFile),
        Issuer = settings.Get(JwtKeys.Issuer),
        Audience = settings.Get(JwtKeys.Audience),
        Leeway = settings.Get(JwtKeys.Leeway),
        Verify = settings.Get(JwtKeys.Verify),
        RequireExpiry = settings.Get(JwtKeys.RequireExpiry),
        RequireClientIp = settings.Get(JwtKeys.RequireClientIp),
        OneTime = settings.Get(JwtKeys.OneTime),
        OneTimeCapacity = settings.GetInt(JwtKeys.OneTimeCapacity),
    };

    private static void CheckKeyFile(Settings settings, FaultList faults)
    {
        if (settings.Get(JwtKeys.KeyFile) is not { Length: > 0 } file)
        {
            faults.Add(
                Place(settings, JwtKeys.KeyFile),
                $"{JwtKeys.KeyFile}: the strategy \"{JwtResolver.StrategyName}\" needs a key to verify tokens with; make a secret (openssl rand -base64 48 > route.key) and write key_file = \"route.key\" below [jwt]");
            return;
        }

        try
        {
            JwtResolver.CheckKeyFile(Options(settings));
        }
        catch (TokenKeyException failure)
        {
            faults.Add(Place(settings, JwtKeys.KeyFile), $"{JwtKeys.KeyFile}: {Quoted.Text(file)} {failure.Problem}");
        }
    }

    /// <summary>Who writes these believes that they protect something.</summary>
    private static void CheckUnverified(Settings settings, FaultList faults)
    {
        foreach (ConfigurationKey<bool> key in new[] { JwtKeys.OneTime, JwtKeys.RequireClientIp })
        {
            if (settings.Get(key))
            {
                Protects(key);
            }
        }

        foreach (ConfigurationKey<string> key in new[] { JwtKeys.Issuer, JwtKeys.Audience })
        {
            if (settings.Get(key).Length > 0)
            {
                Protects(key);
            }
        }

        void Protects(ConfigurationKey key) => faults.Add(
            Place(settings, key), $"{key}: with verify = false any client writes its own token, so this protects nothing; set verify = true, or take it out");
    }

    private static void CheckRegistry(Settings settings, FaultList faults)
    {
        if (settings.Get(JwtKeys.NodeRegistry) is not { Length: > 0 } name)
        {
            return;
        }

        if (Registry(settings) is { } registry)
        {
            registry.Check?.Invoke(settings, faults);
            return;
        }

        string[] known = [.. Strategies.All.Where(IsRegistry).Select(strategy => $"\"{strategy.Name}\"")];
        string remedy = known.Length > 0 ? $"write {string.Join(" or ", known)}" : "leave it empty";
        faults.Add(Place(settings, JwtKeys.NodeRegistry), $"{JwtKeys.NodeRegistry}: {Quoted.Text(name)} is no registry; {remedy}");
    }

    private static Strategy? Registry(Settings settings) =>
        Strategies.All.FirstOrDefault(strategy => IsRegistry(strategy) && string.Equals(strategy.Name, settings.Get(JwtKeys.NodeRegistry), StringComparison.Ordinal));

    private static bool IsRegistry(Strategy strategy) =>
        strategy.Name is not (HostPortResolver.StrategyName or HostPortResolver.SecondName or JwtResolver.StrategyName);

    private static Origin Place(Settings settings, ConfigurationKey key) =>
        settings.OriginOf(key) ?? settings.OriginOfSection(key.Section) ?? settings.OriginOf(Keys.HeaderIdentify)!.Value;
}
