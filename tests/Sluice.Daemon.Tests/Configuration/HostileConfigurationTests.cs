using System.Text;
using CsCheck;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;
using Sluice.Daemon.Tests.Kit;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>
/// Whatever bytes a file, a variable or an option holds: faults with a place, or settings that a gateway takes. Never an exception.
/// </summary>
public sealed class HostileConfigurationTests
{
    private static readonly string Original = File.ReadAllText(Repository.OriginalConfiguration);

    private static readonly string[] Fragments =
    [
        "[", "]", "[[", "]]", "{", "}", "=", "\"", "\"\"\"", "'", "'''", "#", ",", ".", "\n", "\r\n", "\t", "\\", "\\u0000", "\0", "\u001b",
        "\ud800\udc00",
        "nan", "inf", "-", "+", "0x", "1e999", "99999999999999999999", "1979-05-27T07:32:00Z", "true", "[policy]\nallow = [", "[tcpgate]",
        "tcpgate.port = 1\n",
    ];

    [Fact]
    public void Any_bytes() => Gen.Byte.Array[0, 400].Sample(bytes => Holds(Configured.LoadBytes(bytes)), iter: 3000);

    [Fact]
    public void Any_pieces_of_TOML() =>
        Gen.OneOf(Fragments).Array[0, 60].Select(string.Concat).Sample(text => Holds(Configured.Load(text)), iter: 3000);

    [Fact]
    public void The_original_with_pieces_lost_put_in_and_replaced() =>
        Gen.Select(Gen.Int[0, Original.Length], Gen.Int[0, 40], Gen.OneOf<string>([Gen.OneOf(Fragments), Gen.String[0, 10]]))
            .Array[1, 6]
            .Sample(
                edits =>
                {
                    string text = Original;
                    foreach ((int at, int length, string piece) in edits)
                    {
                        int start = Math.Min(at, text.Length);
                        text = text.Remove(start, Math.Min(length, text.Length - start)).Insert(start, piece);
                    }

                    return Holds(Configured.LoadBytes(Encoding.UTF8.GetBytes(text)));
                },
                iter: 2000);

    [Fact]
    public void Any_value_of_any_key_in_the_environment_and_on_the_command_line() =>
        Gen.Select(
            Gen.OneOf(ProgramConfiguration.Table.All.ToArray()),
            Gen.OneOf<string>([Gen.String[0, 30], Gen.OneOf(Fragments).Array[0, 5].Select(string.Concat)]))
            .Sample(
                (key, text) =>
                    Holds(Configured.LoadWith("", ($"SLUICE_{key.Section}__{key.Name}", text)))
                    && Holds(Configured.Load("", $"{key.Path}={text}")),
                iter: 3000);

    [Fact]
    public void Any_name_of_a_variable_and_any_option() =>
        Gen.Select(Gen.String[0, 20], Gen.String[0, 20])
            .Sample(
                (name, text) => Holds(
                    Configured.LoadWith(
                        "", ($"SLUICE_{name}__{text}", text), ($"SLUICE_{text}", name))) && Holds(Configured.Load("", name, text)),
                iter: 2000);

    private static bool Holds(LoadedConfiguration loaded)
    {
        if (loaded.IsValid)
        {
            return loaded.Settings.ToGatewayOptions() is { Tcp: not null };
        }

        return loaded.Describe().All(line =>
            line.Length < 1000
            && !line.AsSpan().ContainsAnyInRange('\0', '\u001f')
            && (line.StartsWith(Configured.Source + ":", StringComparison.Ordinal)
                || line.StartsWith("SLUICE_", StringComparison.Ordinal)
                || line.StartsWith("--set ", StringComparison.Ordinal)
                || line.EndsWith("more faults are not listed", StringComparison.Ordinal)));
    }
}
