using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Transport.Tls;

namespace Sluice.Daemon.Sections;

/// <summary>Options and checks that the sections of registries share.</summary>
internal static class RegistrySettings
{
    /// <summary>Returns the options of every registry.</summary>
    public static RegistryOptions Options(Settings settings) => new() { Required = settings.Get(CommonSection.RequireRegistry) };

    /// <summary>Adds a fault at a setting or, if that has its default, at the line that selects the strategy.</summary>
    public static void Fault(Settings settings, FaultList faults, Setting setting, string problem) =>
        faults.Add(settings.PlaceOf(setting, CommonSection.HeaderIdentify), $"{setting}: {problem}");

    /// <summary>Adds a fault if only one of two settings is written that mean something only together.</summary>
    public static void CheckBoth(Settings settings, FaultList faults, Setting<string> one, Setting<string> other)
    {
        if ((settings.Get(one).Length > 0) != (settings.Get(other).Length > 0))
        {
            (Setting found, Setting missing) = settings.Get(one).Length > 0 ? (one, other) : (other, one);
            Fault(settings, faults, found, $"it needs {missing.Name} beside it; write both");
        }
    }

    /// <summary>Adds a fault for each written setting that protects an encrypted connection, because this one is not encrypted.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="faults">Where they are added.</param>
    /// <param name="address">The address, for the message: "an endpoint".</param>
    /// <param name="mustBeEmpty">The settings that must be empty.</param>
    public static void RejectUnencrypted(
        Settings settings, FaultList faults, string address, params IEnumerable<Setting<string>> mustBeEmpty)
    {
        foreach (Setting<string> setting in mustBeEmpty.Where(setting => settings.Get(setting).Length > 0))
        {
            Fault(settings, faults, setting, $"{address} begins with http://, which is not encrypted; write https://");
        }
    }

    /// <summary>Reads the secret file that a setting names, if it names one.</summary>
    public static void ReadSecret(Settings settings, FaultList faults, Setting<string> setting)
    {
        string path = settings.Get(setting);
        if (path.Length == 0)
        {
            return;
        }

        if (SecretFile.TryRead(path, out SecretFile? secret, out string? problem))
        {
            settings.SetContent(setting, secret);
        }
        else
        {
            Fault(settings, faults, setting, $"{Quoted.Text(path)} {problem}");
        }
    }

    /// <summary>Returns a reader of the file that a setting names, or null. It reads at each call: a new secret needs no restart.</summary>
    public static Func<string>? SecretReader(Settings settings, Setting<string> setting) => settings.Get(setting) is { Length: > 0 } path
        ? () => SecretFile.TryRead(path, out SecretFile? secret, out string? problem)
            ? secret.Text
            : throw new NodeSourceException($"{Quoted.Text(path)} {problem}")
        : null;

    /// <summary>Reads the certificate files of a registry as its client does, and adds a fault for each that cannot be used.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="faults">Where they are added.</param>
    /// <param name="authorities">The file of authorities.</param>
    /// <param name="certificate">The gateway's certificate; null = the registry takes none.</param>
    /// <param name="privateKey">The file with its private key.</param>
    public static void CheckCertificates(
        Settings settings,
        FaultList faults,
        Setting<string> authorities,
        Setting<string>? certificate = null,
        Setting<string>? privateKey = null)
    {
        if (settings.Get(authorities) is { Length: > 0 } file)
        {
            Look(() => TlsCertificate.CheckAuthorities(file), _ => authorities);
        }

        if (certificate is not null && privateKey is not null && settings.Get(certificate) is { Length: > 0 } own)
        {
            var files = new TlsCertificateFiles { CertificateFile = own, KeyFile = settings.Get(privateKey) };
            Look(
                () => TlsCertificate.Load(files),
                failed => string.Equals(failed, files.KeyFile, StringComparison.Ordinal) ? privateKey : certificate);
        }

        void Look(Action read, Func<string, Setting> settingOf)
        {
            try
            {
                read();
            }
            catch (TlsFileException failure)
            {
                Fault(settings, faults, settingOf(failure.File), $"{Quoted.Text(failure.File)} cannot be used: {failure.Problem}");
            }
        }
    }

    /// <summary>Adds a fault if the file that a setting names cannot be read.</summary>
    public static void CheckFile(Settings settings, FaultList faults, Setting<string> setting)
    {
        if (settings.Get(setting) is not { Length: > 0 } file)
        {
            return;
        }

        try
        {
            using FileStream read = File.OpenRead(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Fault(settings, faults, setting, $"{Quoted.Text(file)} cannot be read ({Quoted.Long(failure.Message)})");
        }
    }
}
