using Sluice.Transport.Tls;

namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>A list of tables, each a certificate with its key and, if needed, the names that it is used for.</summary>
internal sealed class CertificateListKind : ValueKind<IReadOnlyList<CertificateEntry>>
{
    private const string CertificateFile = "cert_file";
    private const string KeyFile = "key_file";
    private const string Names = "names";

    private static readonly string[] Known = [CertificateFile, KeyFile, Names];
    private static readonly PathKind Path = new();

    public override RawKind Form => RawKind.List;

    public override bool TakesTables => true;

    public override string Range => "tables with `cert_file`, `key_file` and, where the names in the certificate are not the ones, `names`";

    public override string Write(IReadOnlyList<CertificateEntry> value) => $"[{string.Join(", ", value)}]";

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out IReadOnlyList<CertificateEntry> value)
    {
        value = [];
        if (raw.Kind != RawKind.List)
        {
            WrongForm(raw, fault);
            return false;
        }

        var entries = new List<CertificateEntry>();
        foreach (RawValue item in raw.Items)
        {
            if (item.Kind != RawKind.Table)
            {
                WrongForm(item, fault);
            }
            else if (TryReadEntry(item, fault, out CertificateEntry? entry))
            {
                entries.Add(entry!);
            }
        }

        value = entries;
        return entries.Count == raw.Items.Count;
    }

    private static bool TryReadEntry(RawValue table, Action<Origin, string> fault, out CertificateEntry? entry)
    {
        entry = null;
        bool good = true;
        var texts = new Dictionary<string, (string Text, Origin Origin)>(StringComparer.Ordinal);
        List<string> names = [];
        foreach (RawSetting field in table.Fields)
        {
            if (!Known.Contains(field.Key, StringComparer.Ordinal))
            {
                string nearest = NearestName.Of(field.Key, Known);
                fault(field.Origin, $"unknown key {Quoted.Text(field.Key)}; the nearest known key is \"{nearest}\"");
                good = false;
            }
            else if (string.Equals(field.Key, Names, StringComparison.Ordinal))
            {
                good &= TryReadNames(field.Value!, fault, names);
            }
            else if (!Path.TryRead(field.Value!, fault, out string path))
            {
                good = false;
            }
            else if (!texts.TryAdd(field.Key, (path, field.Value!.Origin)))
            {
                fault(field.Origin, $"{Quoted.Text(field.Key)} is written twice; keep one");
                good = false;
            }
        }

        foreach (string needed in good ? [CertificateFile, KeyFile] : Array.Empty<string>())
        {
            if (!texts.TryGetValue(needed, out (string Text, Origin) found) || found.Text.Length == 0)
            {
                fault(table.Origin, $"a certificate needs {needed}; write its path");
                good = false;
            }
        }

        if (good)
        {
            entry = new CertificateEntry(
                new TlsCertificateFiles { CertificateFile = texts[CertificateFile].Text, KeyFile = texts[KeyFile].Text, Names = names },
                texts[CertificateFile].Origin,
                texts[KeyFile].Origin);
        }

        return good;
    }

    private static bool TryReadNames(RawValue value, Action<Origin, string> fault, List<string> names)
    {
        if (value.Kind != RawKind.List)
        {
            fault(
                value.Origin,
                $"found {value.Describe()}; write a list of server names, for example [\"game.example.org\", \"*.example.org\"]");
            return false;
        }

        bool good = true;
        foreach (RawValue item in value.Items)
        {
            if (item.Kind == RawKind.Text && TlsCertificateFiles.IsServerName(item.Text))
            {
                names.Add(item.Text);
                continue;
            }

            fault(
                item.Origin,
                $"found {item.Describe()}, which is no server name; write for example \"game.example.org\" or \"*.example.org\"");
            good = false;
        }

        return good;
    }
}
