using System.Net;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Daemon.Sections;
using Sluice.Daemon.Tests.Kit;
using Sluice.Gateway.Policy;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>Every setting: its default, the values that it takes, and those that it does not.</summary>
public sealed class SettingTests
{
    public static TheoryData<string, string> Good { get; } = Samples(path => SettingSamples.All[path].Good.Select(sample => sample.Toml));

    /// <summary>Without the forms of numbers that only TOML has.</summary>
    public static TheoryData<string, string> GoodOverrides { get; } =
        Samples(
            path => SettingSamples.All[path].Good.Where(
                sample => sample.Value is not long || sample.Toml.All(char.IsAsciiDigit)).Select(sample => sample.Toml));

    public static TheoryData<string, string> Bad { get; } = Samples(path => SettingSamples.All[path].Bad.Select(sample => sample.Toml));

    [Fact]
    public void Every_setting_has_samples() =>
        Assert.Equal(
            ProgramConfiguration.Table.All.Select(setting => setting.Path).Order(StringComparer.Ordinal),
            SettingSamples.All.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Good))]
    public void A_good_value_is_accepted(string path, string toml)
    {
        Setting setting = ProgramConfiguration.Table.All.Single(known => known.Path == path);
        object? expected = SettingSamples.All[path].Good.First(sample => sample.Toml == toml).Value;

        Settings settings = Configured.Valid($"[{setting.Section}]\n{setting.Name} = {toml}\n");

        Assert.Equal(expected, Shown(settings.ValueOf(setting), expected));
        Assert.Equal(new Origin(Configured.Source, 2, 1), settings.OriginOf(setting));
    }

    [Theory]
    [MemberData(nameof(GoodOverrides))]
    public void The_environment_and_the_command_line_take_the_same_values(string path, string toml)
    {
        Setting setting = ProgramConfiguration.Table.All.Single(known => known.Path == path);
        object? expected = SettingSamples.All[path].Good.First(sample => sample.Toml == toml).Value;

        LoadedConfiguration fromEnvironment = Configured.LoadWith(
            "", ($"SLUICE_{setting.Section.ToUpperInvariant()}__{setting.Name.ToUpperInvariant()}", toml));
        LoadedConfiguration fromCommandLine = Configured.Load("", $"{path}={toml}");

        Assert.Empty(fromEnvironment.Describe());
        Assert.Empty(fromCommandLine.Describe());
        Assert.Equal(expected, Shown(fromEnvironment.Settings.ValueOf(setting), expected));
        Assert.Equal(expected, Shown(fromCommandLine.Settings.ValueOf(setting), expected));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_bad_value_is_a_fault_with_its_place_and_the_remedy(string path, string toml)
    {
        Setting setting = ProgramConfiguration.Table.All.Single(known => known.Path == path);
        string expected = SettingSamples.All[path].Bad.First(sample => sample.Toml == toml).Fault;

        string fault = Configured.OnlyFault($"[{setting.Section}]\n{setting.Name} = {toml}\n");

        Assert.StartsWith($"{Configured.Source}:2:", fault, StringComparison.Ordinal);
        Assert.Contains(expected, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_setting_that_is_not_written_has_its_default()
    {
        Settings settings = Configured.Valid("");

        Assert.All(ProgramConfiguration.Table.All, setting =>
        {
            Assert.Equal(setting.Default, settings.ValueOf(setting));
            Assert.Null(settings.OriginOf(setting));
        });
    }

    [Fact]
    public void Every_default_is_a_value_that_its_setting_takes() =>
        Assert.All(
            ProgramConfiguration.Table.All.Where(setting => setting.Default is not null),
            setting => Configured.Valid($"[{setting.Section}]\n{setting.Name} = {setting.DefaultText}\n"));

    [Fact]
    public void Turning_off_the_only_listener_is_a_fault() =>
        Assert.Equal(
            "test.toml:3:1: [tcpgate] enabled: no listener is enabled; set it, [kcpgate] enabled or [wsgate] enabled to true",
            Configured.OnlyFault("[tcpgate]\n\nenabled = false"));

    [Fact]
    public void A_group_of_FEC_has_at_most_255_datagrams()
    {
        Configured.Valid("[kcpgate]\ndata_shards = 200\nparity_shards = 55");
        Assert.Equal(
            "test.toml:3:1: [kcpgate] parity_shards: together with data_shards that is more than 255; write fewer",
            Configured.OnlyFault("[kcpgate]\ndata_shards = 200\nparity_shards = 56"));
    }

    [Fact]
    public void An_epoll_poller_is_for_Linux()
    {
        LoadedConfiguration loaded = Configured.Load("[common]\npoller = \"epoll\"");

        Assert.Equal(OperatingSystem.IsLinux(), loaded.IsValid);
    }

    private static TheoryData<string, string> Samples(Func<string, IEnumerable<string>> of)
    {
        var data = new TheoryData<string, string>();
        foreach (string path in SettingSamples.All.Keys)
        {
            foreach (string toml in of(path).Distinct(StringComparer.Ordinal))
            {
                data.Add(path, toml);
            }
        }

        return data;
    }

    /// <summary>Samples give whole numbers and truths as they are, everything else as text.</summary>
    private static object? Shown(object? value, object? expected) => value switch
    {
        int number => (long)number,
        byte[] bytes => BitConverter.ToString(bytes),
        IReadOnlyList<string> texts => string.Join(',', texts),
        IReadOnlyList<CertificateEntry> entries => string.Join(',', entries),
        IReadOnlyList<PluginFile> files => string.Join(',', files),
        IReadOnlyList<PolicyRule> rules => string.Join(',', rules),
        IReadOnlyList<AddressRange> ranges => string.Join(',', ranges),
        IReadOnlyList<IPAddress> addresses => string.Join<IPAddress>(',', addresses),
        not null when expected is string => value.ToString(),
        _ => value,
    };
}
