using System.Text;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;
using Sluice.Daemon.Tests.Kit;
using Sluice.Gateway.Gates;
using Sluice.Kcp.Crypto;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>crypt and key_file: the options for the gateway, and the faults. No message contains a secret.</summary>
public sealed class KcpEncryptionTests : IDisposable
{
    private const string Secret = "it's a secrect";

    /// <summary>Python's hashlib.pbkdf2_hmac("sha1", Secret, b"kcp-go", 4096, 32).</summary>
    private const string Key = "25D7D7BD51050742D8D791F2B653C6C8B2366B7E25A124CF7A2E12EAF4FFA444";

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Methods { get; } = [.. KcpPacketCrypto.Methods.Where(method => method != "none")];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_key_is_the_one_that_kcptun_derives(string method)
    {
        KcpGateOptions kcp = Gate(method, _folder.Write("k", Secret));

        Assert.Equal(method, kcp.Crypt);
        Assert.Equal(Key, Convert.ToHexString(kcp.CryptKey.Span));
        KcpPacketCrypto.Create(kcp.Crypt!, kcp.CryptKey.Span).Dispose();
    }

    [Theory]
    [InlineData(Secret, true)]
    [InlineData(Secret + "\n", true)]
    [InlineData(Secret + "\r\n", true)]
    [InlineData("\ufeff" + Secret + "\n", true)]
    [InlineData(Secret + "\n\n", false)]
    [InlineData(Secret + " ", false)]
    [InlineData(" " + Secret, false)]
    public void One_line_end_is_no_part_of_the_secret_and_everything_else_is(string text, bool same)
    {
        string key = Convert.ToHexString(Gate("aes", _folder.Write("k", text)).CryptKey.Span);

        Assert.Equal(same, key == Key);
    }

    [Theory]
    [InlineData("off")]
    [InlineData("null")]
    public void Off_is_said_in_two_words(string word)
    {
        Assert.Null(Gate(word, _folder.Write("k", Secret)).Crypt);
        Assert.Null(Configured.Valid($"[kcpgate]\nenabled = true\ncrypt = \"{word}\"").ToGatewayOptions().Kcp!.Crypt);
        Assert.Null(Configured.Valid("[kcpgate]\nenabled = true").ToGatewayOptions().Kcp!.Crypt);
    }

    [Fact]
    public void The_header_alone_needs_no_secret()
    {
        KcpGateOptions kcp = Configured.Valid("[kcpgate]\nenabled = true\ncrypt = \"none\"").ToGatewayOptions().Kcp!;

        Assert.Equal("none", kcp.Crypt);
        KcpPacketCrypto.Create(kcp.Crypt!, kcp.CryptKey.Span).Dispose();
    }

    [Fact]
    public void A_method_without_a_secret_is_a_fault_and_so_is_a_secret_without_a_method()
    {
        Assert.Equal(
            "test.toml:3:1: [kcpgate] crypt: \"xor\" needs a secret; write it into a file and name that with key_file",
            Configured.OnlyFault("[kcpgate]\nenabled = true\ncrypt = \"xor\""));
        Assert.Equal(
            "--set kcpgate.crypt: [kcpgate] crypt: \"aes\" needs a secret; write it into a file and name that with key_file",
            Configured.OnlyFault("[kcpgate]\nkey_file = \"\"", "kcpgate.crypt=aes"));
        Assert.Equal(
            "test.toml:2:1: [kcpgate] key_file: nothing is encrypted with it; set crypt to \"aes\", or to \"off\" if that is meant",
            Configured.OnlyFault($"[kcpgate]\nkey_file = '{_folder.Write("k", Secret)}'"));
    }

    [Fact]
    public void A_file_that_holds_no_secret_is_a_fault_that_says_why()
    {
        File.WriteAllBytes(_folder["bytes"], [.. "secret"u8, 0xe9]);
        File.WriteAllText(_folder["utf16"], Secret, Encoding.Unicode);
        (string Path, string Expected)[] files =
        [
            (_folder["none"], "does not exist; create it, with the secret as its only line"),
            (_folder.Path, "is a directory; name a file"),
            (_folder.Write("empty", ""), "is empty; write the secret into it"),
            (_folder.Write("line", "\n"), "is empty; write the secret into it"),
            (_folder.Write("windows", "\ufeff\r\n"), "is empty; write the secret into it"),
            (_folder["bytes"], "is not UTF-8; save it as UTF-8"),
            (_folder["utf16"], "is not UTF-8; save it as UTF-8"),
            (
                _folder.Write("large", new string('s', SecretFile.MaxBytes)),
                "has 4096 bytes or more, which cannot be a secret; name another file"),
        ];

        Assert.All(files, file => Assert.Equal(
            $"test.toml:3:1: [kcpgate] key_file: {Quoted.Text(file.Path)} {file.Expected}",
            Configured.OnlyFault($"[kcpgate]\ncrypt = \"aes\"\nkey_file = '{file.Path}'")));
    }

    [Fact]
    public void A_file_without_an_end_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/zero");

        Assert.EndsWith("cannot be a secret; name another file", Fault("/dev/zero"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_may_not_be_read_is_a_fault()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "file modes; root reads every file");

        Assert.EndsWith(
            "; check its permissions", Fault(WriteWithMode("closed", Secret, UnixFileMode.UserWrite)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherRead, true)]
    public void A_file_that_everybody_may_read_is_known_as_such(UnixFileMode mode, bool expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "file modes");

        Assert.True(SecretFile.TryRead(WriteWithMode("k", Secret, mode), out SecretFile? secret, out _));
        Assert.Equal(expected, secret.OthersMayRead);
    }

    [Fact]
    public async Task The_program_warns_of_an_open_key_file_and_never_says_what_is_in_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals and file modes");
        const string hidden = "correct-horse-battery-staple";
        WriteWithMode("open.key", hidden + "\n", UnixFileMode.UserRead | UnixFileMode.OtherRead);
        string[] settings = ["log.level=debug", "kcpgate.enabled=true", "kcpgate.crypt=aes", "kcpgate.key_file=open.key"];
        (RunningProgram program, _, string ready) = await RunningProgram.ServeAsync(_folder.Path, settings);
        await using (program)
        {
            Assert.Contains(" kcp=127.0.0.1:", ready, StringComparison.Ordinal);
            await program.SignalAsync("TERM");
            Assert.Equal(0, await program.ExitAsync());
        }

        string[] lines = [.. File.ReadAllLines(_folder["log/info.log"]), .. File.ReadAllLines(_folder["log/error.log"])];
        Assert.Single(
            lines,
            line => line.Contains("[kcpgate] key_file \"open.key\" can be read by every user of this machine", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains(hidden, StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains(Convert.ToHexString(KcpKey.Derive(hidden)), StringComparison.OrdinalIgnoreCase));
    }

    private static KcpGateOptions Gate(string word, string path) =>
        Configured.Valid($"[kcpgate]\nenabled = true\ncrypt = \"{word}\"\nkey_file = '{path}'").ToGatewayOptions().Kcp!;

    private static string Fault(string path) => Configured.OnlyFault($"[kcpgate]\ncrypt = \"aes\"\nkey_file = '{path}'");

    private string WriteWithMode(string name, string text, UnixFileMode mode)
    {
        string path = _folder.Write(name, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }

        return path;
    }
}
