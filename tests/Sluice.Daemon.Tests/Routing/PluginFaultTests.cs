using System.Reflection;
using Sluice.Daemon.Tests.Kit;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Routing;

/// <summary>Plug-ins that cannot be used: the faults of <c>sluice check</c>, and their places.</summary>
public sealed class PluginFaultTests : IDisposable
{
    private const string MyRouting = "MyRouting.dll";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_that_is_not_there() =>
        await AssertFaultAsync("does not exist; build the plug-in, or correct the path, which is relative to the working directory");

    [Fact]
    public async Task A_directory()
    {
        Directory.CreateDirectory(_folder[MyRouting]);

        await AssertFaultAsync("is a directory; name the plug-in's .dll in it");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300)]
    public async Task A_file_that_is_no_assembly(int bytesOfOne)
    {
        File.WriteAllBytes(_folder[MyRouting], File.ReadAllBytes(Example.Plugin)[..bytesOfOne]);

        await AssertFaultAsync("is no .NET assembly for this machine; name the .dll of a class library");
    }

    [Fact]
    public async Task An_assembly_for_a_later_framework()
    {
        PluginWriter.CopyBuiltFor(Example.Plugin, _folder[MyRouting], "System.Runtime", new Version(99, 1, 0, 0));

        await AssertFaultAsync(
            $"is built for .NET 99.1, and this program runs on .NET {Environment.Version.ToString(2)}; set its TargetFramework to "
                + $"net{Environment.Version.ToString(2)}");
    }

    [Fact]
    public async Task An_assembly_for_a_later_Sluice()
    {
        PluginWriter.CopyBuiltFor(Example.Plugin, _folder[MyRouting], "Sluice.Gateway", new Version(99, 1, 2, 0));

        await AssertFaultAsync("is built for Sluice 99.1.2, and this is 0.1.0; build it for this one, or update this program");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_assembly_without_the_packages_that_it_needs(bool isDerived)
    {
        PluginWriter.WriteWithoutItsPackage(_folder[MyRouting], isDerived);

        string fault = await FaultAsync();

        Assert.Contains("cannot be loaded (Could not load file or assembly 'Absent,", fault, StringComparison.Ordinal);
        Assert.EndsWith(
            "build it with EnableDynamicLoading, and keep everything that the build puts beside it", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TypeAttributes.NotPublic)]
    [InlineData(TypeAttributes.Public | TypeAttributes.Abstract)]
    public async Task An_assembly_without_a_strategy_to_use(TypeAttributes attributes)
    {
        PluginWriter.Write(_folder[MyRouting], new PluginClass("Mine.A", "a") { Attributes = attributes });

        await AssertFaultAsync("has no strategy; write a public class that implements IBackendResolver");
    }

    [Fact]
    public async Task A_constructor_that_wants_more()
    {
        PluginWriter.Write(_folder[MyRouting], new PluginClass("Mine.A", "a") { Parameters = [typeof(string)] });

        await AssertFaultAsync("class Mine.A cannot be made; give it a public constructor without parameters, or with one ILogger");
    }

    [Theory]
    [InlineData(".ctor")]
    [InlineData("get_Name")]
    public async Task A_class_that_throws_while_it_is_made(string method)
    {
        PluginWriter.Write(_folder[MyRouting], new PluginClass("Mine.A", "a") { Throws = method });

        await AssertFaultAsync(
            $"class Mine.A cannot be made (InvalidOperationException: {method}\\u000ais broken); correct its constructor and its "
                + "Name, and begin work in StartAsync");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t")]
    public async Task A_name_that_cannot_be_selected(string name)
    {
        PluginWriter.Write(_folder[MyRouting], new PluginClass("Mine.A", name));

        Assert.Contains("give it one of 1 to 100 characters", await FaultAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ipHost", "as has the program itself")]
    [InlineData("rooms", "as has ")]
    public async Task A_name_that_is_taken(string name, string owner)
    {
        PluginWriter.Write(_folder[MyRouting], new PluginClass("Mine.A", name));

        (_, string[] output, _) = await CheckAsync($"[plugins]\npaths = [\n  '{Example.Plugin}',\n  '{MyRouting}']\n");

        Assert.StartsWith(
            $"a.toml:4:3: [plugins] paths: MyRouting.dll has a strategy \"{name}\", {owner}",
            Assert.Single(output),
            StringComparison.Ordinal);
        Assert.EndsWith("; give it another Name", output[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_fault_is_found_in_one_go()
    {
        (int exitCode, string[] output, _) = await CheckAsync(
            "[common]\nheader_identify = \"mine\"\nloops = -1\n[plugins]\npaths = [\"a.dll\", \"b.dll\"]\n");

        // Nothing is said of the name: a plug-in that could not be loaded may have it.
        Assert.Equal(1, exitCode);
        Assert.Equal(
            ["a.toml:3:9", "a.toml:5:10", "a.toml:5:19"], output.Select(line => line[..line.IndexOf(": ", StringComparison.Ordinal)]));
    }

    [Theory]
    [InlineData("room", "the nearest is \"rooms\". Write \"ipHost\"")]
    [InlineData("orign", "the nearest is \"origin\". Write \"ipHost\"")]
    public async Task An_unknown_name_is_told_the_nearest_of_all(string name, string expected)
    {
        (int exitCode, string[] output, _) = await CheckAsync(
            $"[common]\nheader_identify = \"{name}\"\n[plugins]\npaths = ['{Example.Plugin}']\n");

        Assert.Equal(1, exitCode);
        Assert.StartsWith(
            $"a.toml:2:1: [common] header_identify: \"{name}\" is not known; {expected}", Assert.Single(output), StringComparison.Ordinal);
        Assert.EndsWith(" or \"rooms\"", output[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plug_in_can_be_overridden_away_and_its_name_with_it()
    {
        string file = $"[common]\nheader_identify = \"rooms\"\n[plugins]\npaths = ['{Example.Plugin}']\n";

        Assert.Equal(0, (await CheckAsync(file)).ExitCode);
        Assert.Equal(0, (await CheckAsync(file, "--set", "plugins.paths=", "--set", "common.header_identify=ipHost")).ExitCode);
        Assert.Equal(1, (await CheckAsync(file, "--set", "plugins.paths=")).ExitCode);
        Assert.Equal(1, (await CheckAsync("[common]\nheader_identify = \"rooms\"\n", "--set", "common.header_identify=ipHost")).ExitCode);
    }

    private async Task AssertFaultAsync(string expected) =>
        Assert.Equal($"a.toml:2:12: [plugins] paths: MyRouting.dll {expected}", await FaultAsync());

    /// <summary>The only fault of a file that names the plug-in.</summary>
    private async Task<string> FaultAsync()
    {
        (int exitCode, string[] output, string[] errors) = await CheckAsync($"[plugins]\n  paths = [\"{MyRouting}\"]\n");

        Assert.Equal(1, exitCode);
        Assert.Empty(errors);
        return Assert.Single(output);
    }

    private Task<(int ExitCode, string[] Output, string[] Errors)> CheckAsync(string file, params string[] arguments)
    {
        _folder.Write("a.toml", file);
        return RunningProgram.RunAsync(_folder.Path, ["check", "--config", "a.toml", .. arguments]);
    }
}
