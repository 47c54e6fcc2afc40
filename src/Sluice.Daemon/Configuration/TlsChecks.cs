using Sluice.Transport.Tls;

namespace Sluice.Daemon.Configuration;

/// <summary>Looks at the files that the TLS settings name: each is read as the gateway will read it.</summary>
internal static class TlsChecks
{
    /// <summary>Adds what keeps the gateway from starting to the faults, and what is merely doubtful to the warnings.</summary>
    public static void Look(Settings settings, FaultList faults, List<ConfigurationFault> warnings, DateTimeOffset now)
    {
        if (settings.Get(Keys.TcpEnabled))
        {
            LookAtListener(settings, Keys.TcpTls, faults, warnings, now);
        }

        if (settings.Get(Keys.WsEnabled))
        {
            LookAtListener(settings, Keys.WsTls, faults, warnings, now);
        }

        if (settings.Get(Keys.BackendTls))
        {
            LookAtAuthorities(settings, Keys.CaFile, faults);
        }
    }

    private static void LookAtListener(
        Settings settings, TlsKeys keys, FaultList faults, List<ConfigurationFault> warnings, DateTimeOffset now)
    {
        Origin? section = settings.OriginOfSection(keys.Section);
        if (section is null)
        {
            return;
        }

        bool certificate = settings.Get(keys.CertificateFile).Length > 0;
        bool key = settings.Get(keys.KeyFile).Length > 0;
        if (certificate != key)
        {
            (ConfigurationKey found, ConfigurationKey missing) =
                certificate ? ((ConfigurationKey)keys.CertificateFile, keys.KeyFile) : (keys.KeyFile, keys.CertificateFile);
            faults.Add(settings.OriginOf(found)!.Value, $"{found}: it needs {missing.Name} beside it; write both");
            return;
        }

        List<CertificateEntry> entries = settings.CertificatesOf(keys);
        if (entries.Count == 0)
        {
            // Whoever writes the section wants TLS: plain TCP instead would be a nasty surprise.
            faults.Add(section.Value, $"[{keys.Section}] has no certificate; write cert_file and key_file, or take the section out to speak plain TCP");
            return;
        }

        foreach (CertificateEntry entry in entries)
        {
            LookAtCertificate(entry, keys, faults, warnings, now);
        }

        LookAtAuthorities(settings, keys.ClientCaFile, faults);
    }

    private static void LookAtCertificate(
        CertificateEntry entry, TlsKeys keys, FaultList faults, List<ConfigurationFault> warnings, DateTimeOffset now)
    {
        Origin OriginOf(string file) => string.Equals(file, entry.Files.KeyFile, StringComparison.Ordinal) ? entry.KeyOrigin : entry.CertificateOrigin;
        try
        {
            foreach ((string file, string problem) in TlsCertificate.Load(entry.Files).Doubts(now))
            {
                warnings.Add(new ConfigurationFault(OriginOf(file), $"[{keys.Section}] {Quoted.Plain(file, 400)}: {problem}"));
            }
        }
        catch (TlsFileException failure)
        {
            faults.Add(OriginOf(failure.File), $"[{keys.Section}] {Quoted.Plain(failure.File, 400)}: {failure.Problem}");
        }
    }

    private static void LookAtAuthorities(Settings settings, ConfigurationKey<string> key, FaultList faults)
    {
        if (settings.Get(key) is not { Length: > 0 } file)
        {
            return;
        }

        try
        {
            TlsCertificate.CheckAuthorities(file);
        }
        catch (TlsFileException failure)
        {
            faults.Add(settings.OriginOf(key)!.Value, $"{key} {Quoted.Plain(file, 400)}: {failure.Problem}");
        }
    }
}
