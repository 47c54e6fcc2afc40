using System.Net;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Tests.Kit;
using Sluice.Gateway.Policy;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>Every key: its default, what it takes, and what it does not.</summary>
public sealed class KeyTests
{
    public static TheoryData<string, string> Good { get; } = Samples(path => KeySamples.All[path].Good.Select(sample => sample.Toml));

    public static TheoryData<string, string> Bad { get; } = Samples(path => KeySamples.All[path].Bad.Select(sample => sample.Toml));

    [Fact]
    public void Every_key_has_samples() =>
        Assert.Equal(
            Keys.All.Select(key => key.Path).Order(StringComparer.Ordinal),
            KeySamples.All.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Good))]
    public void A_good_value_is_taken(string path, string toml)
    {
        ConfigurationKey key = Keys.All.Single(known => known.Path == path);
        object? expected = KeySamples.All[path].Good.First(sample => sample.Toml == toml).Value;

        Settings settings = Configured.Valid($"[{key.Section}]\n{key.Name} = {toml}\n");

        Assert.Equal(expected, Shown(settings.ValueOf(key), expected));
        Assert.Equal(new Origin(Configured.Source, 2, 1), settings.OriginOf(key));
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void The_environment_and_the_command_line_take_the_same_values(string path, string toml)
    {
        ConfigurationKey key = Keys.All.Single(known => known.Path == path);
        object? expected = KeySamples.All[path].Good.First(sample => sample.Toml == toml).Value;
        string text = toml.Replace("0x1F90", "8080", StringComparison.Ordinal).Replace("_", key.Form == RawKind.WholeNumber ? "" : "_", StringComparison.Ordinal);

        LoadedConfiguration fromEnvironment = Configured.LoadWith("", ($"SLUICE_{key.Section.ToUpperInvariant()}__{key.Name.ToUpperInvariant()}", text));
        LoadedConfiguration fromCommandLine = Configured.Load("", $"{path}={text}");

        Assert.Empty(fromEnvironment.Describe());
        Assert.Empty(fromCommandLine.Describe());
        Assert.Equal(expected, Shown(fromEnvironment.Settings.ValueOf(key), expected));
        Assert.Equal(expected, Shown(fromCommandLine.Settings.ValueOf(key), expected));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_bad_value_is_a_fault_with_its_place_and_the_remedy(string path, string toml)
    {
        ConfigurationKey key = Keys.All.Single(known => known.Path == path);
        string expected = KeySamples.All[path].Bad.First(sample => sample.Toml == toml).Fault;

        string fault = Configured.OnlyFault($"[{key.Section}]\n{key.Name} = {toml}\n");

        Assert.StartsWith($"{Configured.Source}:2:", fault, StringComparison.Ordinal);
        Assert.Contains(expected, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_line_every_key_has_its_default()
    {
        Settings settings = Configured.Valid("");

        Assert.All(Keys.All, key =>
        {
            Assert.Equal(key.Default, settings.ValueOf(key));
            Assert.Null(settings.OriginOf(key));
        });
    }

    [Fact]
    public void Every_default_is_a_value_that_its_key_takes() =>
        Assert.All(Keys.All.Where(key => key.Default is not null), key => Configured.Valid($"[{key.Section}]\n{key.Name} = {key.DefaultText}\n"));

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
        foreach (string path in KeySamples.All.Keys)
        {
            foreach (string toml in of(path))
            {
                data.Add(path, toml);
            }
        }

        return data;
    }

    /// <summary>Samples give whole numbers and truths as they are, everything else as text.</summary>
    private static object? Shown(object? value, object? expected) => value switch
    {
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
