using Sluice.Daemon.Configuration;
using Sluice.Kcp.Crypto;

namespace Sluice.Daemon.Sections;

/// <summary><c>[kcpgate] crypt</c> and <c>key_file</c>, which mean something only together.</summary>
internal static class KcpEncryption
{
    /// <summary>kcptun's word for a header with a checksum but no encryption. It takes a key and does not use it.</summary>
    private const string HeaderAlone = "none";

    /// <summary>The bytes of a key for any method.</summary>
    private const int KeyBytes = 32;

    /// <summary>The words of <c>crypt</c>, the default first; null = datagrams are sent as they are.</summary>
    public static (string Word, string? Method)[] Choices { get; } =
        [("off", null), .. KcpPacketCrypto.Methods.Select(method => (method, (string?)method)), ("null", null)];

    /// <summary>Reads the key file if one is named. A missing secret is a fault, and so is one that nothing uses.</summary>
    public static void Check(Settings settings, FaultList faults)
    {
        string path = settings.Get(KcpGateSection.KeyFile);
        string? method = settings.Get(KcpGateSection.Crypt);
        Origin keyFile = settings.PlaceOf(KcpGateSection.KeyFile);
        if (path.Length == 0)
        {
            if (method is not (null or HeaderAlone))
            {
                faults.Add(
                    settings.PlaceOf(KcpGateSection.Crypt),
                    $"{KcpGateSection.Crypt}: \"{method}\" needs a secret; write it into a file and name that with key_file");
            }
        }
        else if (settings.OriginOf(KcpGateSection.Crypt) is null)
        {
            // An operator who names a key relies on it.
            faults.Add(
                keyFile,
                $"{KcpGateSection.KeyFile}: nothing is encrypted with it; set crypt to \"aes\", or to \"off\" if that is meant");
        }
        else if (SecretFile.TryRead(path, out SecretFile? secret, out string? problem))
        {
            settings.SetContent(KcpGateSection.KeyFile, secret);
        }
        else
        {
            faults.Add(keyFile, $"{KcpGateSection.KeyFile}: {Quoted.Text(path)} {problem}");
        }
    }

    /// <summary>Returns the key that kcptun derives from the same secret, or nothing if nothing is encrypted.</summary>
    public static ReadOnlyMemory<byte> Key(Settings settings) => settings.Get(KcpGateSection.Crypt) switch
    {
        null => default,
        HeaderAlone => new byte[KeyBytes],
        _ => KcpKey.Derive(settings.ContentOf<SecretFile>(KcpGateSection.KeyFile)!.Text),
    };
}
