using Sluice.Kcp.Crypto;

namespace Sluice.Daemon.Configuration;

/// <summary>What <c>[kcpgate] crypt</c> and <c>key_file</c> mean together.</summary>
internal static class KcpEncryption
{
    /// <summary>kcptun's word for a header with a checksum and no encryption: it takes a key and makes no use of it.</summary>
    private const string HeaderAlone = "none";

    /// <summary>The bytes of a key, whatever the method.</summary>
    private const int KeyBytes = 32;

    /// <summary>The words of <c>crypt</c>, the default first; null = datagrams are sent as they are.</summary>
    public static (string Word, string? Method)[] Choices { get; } =
        [("off", null), .. KcpPacketCrypto.Methods.Select(method => (method, (string?)method)), ("null", null)];

    /// <summary>Reads the key file, where there is one to read. Secrets that are not there and not used are faults.</summary>
    public static void ReadSecret(Settings settings, string source, FaultList faults)
    {
        string path = settings.Get(Keys.KcpKeyFile);
        string? method = settings.Get(Keys.KcpCrypt);
        Origin keyFile = settings.OriginOf(Keys.KcpKeyFile) ?? new Origin(source);
        if (path.Length == 0)
        {
            if (method is not (null or HeaderAlone))
            {
                faults.Add(
                    settings.OriginOf(Keys.KcpCrypt) ?? new Origin(source),
                    $"{Keys.KcpCrypt}: \"{method}\" needs a secret; write it into a file and name that with key_file");
            }
        }
        else if (settings.OriginOf(Keys.KcpCrypt) is null)
        {
            // Who names a key believes that it is used.
            faults.Add(keyFile, $"{Keys.KcpKeyFile}: nothing is encrypted with it; set crypt to \"aes\", or to \"off\" if that is meant");
        }
        else if (SecretFile.TryRead(path, out SecretFile? secret, out string? problem))
        {
            settings.KcpSecret = secret;
        }
        else
        {
            faults.Add(keyFile, $"{Keys.KcpKeyFile}: {Quoted.Text(path)} {problem}");
        }
    }

    /// <summary>The key that kcptun derives from the same secret; empty where nothing is encrypted.</summary>
    public static ReadOnlyMemory<byte> Key(Settings settings) => settings.Get(Keys.KcpCrypt) switch
    {
        null => default,
        HeaderAlone => new byte[KeyBytes],
        _ => KcpKey.Derive(settings.KcpSecret!.Text),
    };
}
