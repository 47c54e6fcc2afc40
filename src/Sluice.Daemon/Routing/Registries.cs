using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Daemon.Routing;

/// <summary>What the settings say about every registry alike.</summary>
internal static class Registries
{
    public static RegistryOptions Options(Settings settings) => new() { Required = settings.Get(Keys.RequireRegistry) };

    /// <summary>Adds a fault at a key or, where that has only its default, at the line that selects the strategy.</summary>
    public static void Fault(Settings settings, FaultList faults, ConfigurationKey key, string problem) =>
        faults.Add(settings.OriginOf(key) ?? settings.OriginOf(Keys.HeaderIdentify)!.Value, $"{key}: {problem}");

    /// <summary>Reads the file that a key names, where it names one.</summary>
    public static void ReadSecret(Settings settings, FaultList faults, ConfigurationKey<string> key)
    {
        string path = settings.Get(key);
        if (path.Length == 0)
        {
            return;
        }

        if (SecretFile.TryRead(path, out SecretFile? secret, out string? problem))
        {
            settings.SetSecret(key, secret);
        }
        else
        {
            Fault(settings, faults, key, $"{Quoted.Text(path)} {problem}");
        }
    }

    public static string? OrNull(string text) => text.Length > 0 ? text : null;
}
