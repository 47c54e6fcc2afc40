using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Transport.Tls;

namespace Sluice.Daemon.Routing;

/// <summary>What the settings say about every registry alike.</summary>
internal static class Registries
{
    public static RegistryOptions Options(Settings settings) => new() { Required = settings.Get(Keys.RequireRegistry) };

    /// <summary>Adds a fault at a key or, where that has only its default, at the line that selects the strategy.</summary>
    public static void Fault(Settings settings, FaultList faults, ConfigurationKey key, string problem) =>
        faults.Add(settings.OriginOf(key) ?? settings.OriginOf(Keys.HeaderIdentify)!.Value, $"{key}: {problem}");

    /// <summary>Of two keys that mean something only together, one alone is a fault.</summary>
    public static void CheckBoth(Settings settings, FaultList faults, ConfigurationKey<string> one, ConfigurationKey<string> other)
    {
        if ((settings.Get(one).Length > 0) != (settings.Get(other).Length > 0))
        {
            (ConfigurationKey found, ConfigurationKey missing) = settings.Get(one).Length > 0 ? (one, other) : (other, one);
            Fault(settings, faults, found, $"it needs {missing.Name} beside it; write both");
        }
    }

    /// <summary>Keys that are there to protect a connection are faults where it is not encrypted: who writes them believes that it is.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="faults">Where they are added.</param>
    /// <param name="address">The address, for the message: "an endpoint".</param>
    /// <param name="keys">The keys that must be empty.</param>
    public static void RefuseUnencrypted(Settings settings, FaultList faults, string address, params IEnumerable<ConfigurationKey<string>> keys)
    {
        foreach (ConfigurationKey<string> key in keys.Where(key => settings.Get(key).Length > 0))
        {
            Fault(settings, faults, key, $"{address} begins with http://, which is not encrypted; write https://");
        }
    }

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

    /// <summary>Reads the file of a key again each time it is called, so that a rotated secret needs no restart; null if the key is not set.</summary>
    public static Func<string>? SecretReader(Settings settings, ConfigurationKey<string> key) => settings.Get(key) is { Length: > 0 } path
        ? () => SecretFile.TryRead(path, out SecretFile? secret, out string? problem) ? secret.Text : throw new NodeSourceException($"{Quoted.Text(path)} {problem}")
        : null;

    /// <summary>Reads the certificate files of a registry as its client will, and adds a fault for each that cannot be used.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="faults">Where they are added.</param>
    /// <param name="authorities">The key of the authorities.</param>
    /// <param name="certificate">The key of our own certificate; null = the registry takes none.</param>
    /// <param name="privateKey">The key of its private key.</param>
    public static void LookAtCertificates(
        Settings settings,
        FaultList faults,
        ConfigurationKey<string> authorities,
        ConfigurationKey<string>? certificate = null,
        ConfigurationKey<string>? privateKey = null)
    {
        if (settings.Get(authorities) is { Length: > 0 } file)
        {
            Look(() => TlsCertificate.CheckAuthorities(file), _ => authorities);
        }

        if (certificate is not null && privateKey is not null && settings.Get(certificate) is { Length: > 0 } own)
        {
            var files = new TlsCertificateFiles { CertificateFile = own, KeyFile = settings.Get(privateKey) };
            Look(() => TlsCertificate.Load(files), failed => string.Equals(failed, files.KeyFile, StringComparison.Ordinal) ? privateKey : certificate);
        }

        void Look(Action read, Func<string, ConfigurationKey<string>> keyOf)
        {
            try
            {
                read();
            }
            catch (TlsFileException failure)
            {
                Fault(settings, faults, keyOf(failure.File), $"{Quoted.Text(failure.File)} cannot be used: {failure.Problem}");
            }
        }
    }

    /// <summary>Adds a fault if the file that a key names is missing or unreadable. A key that is not set is fine.</summary>
    public static void LookAtFile(Settings settings, FaultList faults, ConfigurationKey<string> key)
    {
        if (settings.Get(key) is not { Length: > 0 } file)
        {
            return;
        }

        try
        {
            using FileStream read = File.OpenRead(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Fault(settings, faults, key, $"{Quoted.Text(file)} cannot be read ({Quoted.Plain(failure.Message, 400)})");
        }
    }

    public static string? OrNull(string text) => text.Length > 0 ? text : null;
}
