using System.Globalization;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>Samples that follow from the kind of a setting.</summary>
internal static class KindSamples
{
    public static readonly (string, string)[] WrongTruths = [
        ("1", "found the number 1"), ("\"true\"", "without quotes"), ("[true]", "found a list"),
    ];

    public static readonly (string, string)[] WrongPaths =
    [
        ("5", "found the number 5"), ("\"a\\u0000b\"", "cannot be the name of a file"), ("\"log/\"", "cannot be the name of a file"),
    ];

    private static readonly Samples Truths = new([("true", true), ("false", false)], WrongTruths);

    private static readonly Samples Paths =
        new([("\"a/b.log\"", "a/b.log"), ("'/var/log/e.log'", "/var/log/e.log"), ("\"\"", "")], WrongPaths);

    private static readonly Samples Addresses = new(
        [("\"0.0.0.0\"", "0.0.0.0"), ("\"::1\"", "::1"), ("\"127.0.0.1\"", "127.0.0.1"), ("\"\"", null)],
        [
            ("\"localhost\"", "is no address"), ("\"127.1\"", "is no address"), ("\"0x7f000001\"", "is no address"),
            ("\"[::1]\"", "is no address"), ("\"127.0.0.1:80\"", "is no address"), ("\" ::1\"", "is no address"),
            ("0", "found the number 0"),
        ]);

    private static readonly Samples Ranges = new(
        [
            ("[]", ""), ("[\"203.0.113.0/24\", \"2001:db8::/32\"]", "203.0.113.0/24,2001:db8::/32"), ("[\"192.0.2.7\"]", "192.0.2.7"),
            ("[\"10.0.0.0/8\", \"::1\"]", "10.0.0.0/8,::1"), ("[\"fd00::/8\"]", "fd00::/8"),
        ],
        [
            ("\"10.0.0.0/8\"", "found the text"), ("[\"10.0.0.0/33\"]", "which is no address range"), ("[5]", "found the number 5"),
            ("[\"\"]", "which is no address range"), ("[\"10.0.0.0/8:7000\"]", "which is no address range"),
            ("[\"proxy.example\"]", "which is no address range"), ("[\"010.0.0.1\"]", "which is no address range"),
        ]);

    private static readonly Samples Rules = new(
        [
            ("[]", ""), ("[\"[2001:db8::]/32:7000\"]", "[2001:db8::]/32:7000"),
            ("[\"10.0.0.0/8:7000-7999\", \"*.game.internal:9000\",]", "10.0.0.0/8:7000-7999,*.game.internal:9000"),
        ],
        [
            ("\"10.0.0.0/8\"", "found the text"), ("[\"10.0.0.0/33\"]", "which is no rule"), ("[5]", "found the number 5"),
            ("[\"\"]", "which is no rule"), ("[\"10.0.0.0/8:0\"]", "which is no rule"), ("[[\"10.0.0.0/8\"]]", "found a list"),
        ]);

    private static readonly Samples Certificates = new(
        [
            ("[]", ""), ("[{ cert_file = \"a.pem\", key_file = \"a.key\" }]", "a.pem + a.key"),
            (
                "[{ cert_file = \"a.pem\", key_file = \"a.key\", names = [\"*.game.example\", \"b\"] }]",
                "a.pem + a.key for *.game.example b"),
        ],
        [
            ("5", "found the number 5"), ("[5]", "found the number 5"), ("[{ cert_file = \"a.pem\" }]", "a certificate needs key_file"),
            ("[{ cert_file = \"\", key_file = \"b\" }]", "a certificate needs cert_file"),
            ("[{ cert = \"a.pem\" }]", "the nearest known key is \"cert_file\""), ("[{ cert_file = 1 }]", "found the number 1"),
            ("[{ cert_file = \"a\", key_file = \"b\", names = \"x\" }]", "write a list of server names"),
            ("[{ cert_file = \"a\", key_file = \"b\", names = [\"a b\"] }]", "which is no server name"),
            ("[{ cert_file = \"a\", key_file = \"b\", names = [\"a.*.b\"] }]", "which is no server name"),
        ]);

    /// <summary>Returns the samples of a setting, or null if its kind does not say enough.</summary>
    public static Samples? Of(Setting setting) => KindOf(setting) switch
    {
        TruthKind => Truths,
        PathKind => Paths,
        AddressKind => Addresses,
        AddressRangesKind => Ranges,
        PolicyRulesKind => Rules,
        CertificateListKind => Certificates,
        WholeNumberKind<int> kind => WholeNumbers(kind.Least, kind.Most),
        WholeNumberKind<long> kind => WholeNumbers(kind.Least, kind.Most),
        SecondsKind kind => Seconds(kind),
        _ => null,
    };

    private static object? KindOf(Setting setting) => setting.GetType().GetProperty(nameof(Setting<>.Kind))?.GetValue(setting);

    private static Samples WholeNumbers(long least, long most) => new(
        [(Text(least), least), (Text(most), most), ($"0x{most:X}", most), (WithUnderscores(most), most)],
        [
            (Text(least - 1), $"{Text(least - 1)} is out of range"), (Text(most + 1), $"{Text(most + 1)} is out of range"),
            (Text(long.MaxValue), "out of range"), ("0.5", "found the number 0.5"), ("8080.0", "found the number 8080"),
            ("\"1\"", "without quotes"), ("\"8G\"", "found the text \"8G\""), ("true", "found true"), ("{ tcp = 1 }", "unknown section"),
        ]);

    private static Samples Seconds(SecondsKind kind)
    {
        double between = Math.Round((kind.Least + Math.Min(kind.Most, 100)) / 2, 3);
        return new(
            [
                (Text(kind.Least), TimeText(kind.Least)), (Text(kind.Most), TimeText(kind.Most)), (Text(between), TimeText(between)),
                .. kind.ZeroAllowed ? [("0", "00:00:00"), ("0.0", "00:00:00")] : Array.Empty<(string, object?)>(),
            ],
            [
                ("-1", "-1 is out of range"), (Text(kind.Most + 0.5), "out of range"), ("nan", "out of range"), ("inf", "out of range"),
                ("-inf", "out of range"), ("1e308", "out of range"), (Text(long.MaxValue), "out of range"), ("\"5\"", "without quotes"),
                ("\"30s\"", "found the text \"30s\""), ("5s", "not valid TOML"), (
                    "1979-05-27", "found a date or time"), ("false", "found false"),
                .. kind.Least > 0 ? [(Text(kind.Least / 2), "out of range")] : Array.Empty<(string, string)>(),
                .. kind.Least > 0 && !kind.ZeroAllowed ? [("0", "0 is out of range")] : Array.Empty<(string, string)>(),
            ]);
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    private static string WithUnderscores(long number) =>
        number.ToString("N0", CultureInfo.InvariantCulture).Replace(',', '_');

    private static string TimeText(double seconds) => TimeSpan.FromMilliseconds((long)Math.Round(seconds * 1000)).ToString();
}
