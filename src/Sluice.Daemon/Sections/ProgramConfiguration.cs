using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Reading;

namespace Sluice.Daemon.Sections;

/// <summary>The program's configuration: every section, and how it is read and checked.</summary>
internal static class ProgramConfiguration
{
    private static readonly Section[] Always =
    [
        LogSection.Table,
        TcpGateSection.Table,
        TcpGateSection.Tls.Table,
        KcpGateSection.Table,
        WebSocketGateSection.Table,
        WebSocketGateSection.Tls.Table,
        CommonSection.Table,
        AdminSection.Table,
        LimitsSection.Table,
        ClientsSection.Table,
        PolicySection.Table,
        PluginsSection.Table,
    ];

    /// <summary>Every setting. The sections of strategies are checked only if their strategy is selected.</summary>
    public static SettingTable Table { get; } =
        new([.. Always, .. Strategies.All.Select(strategy => strategy.Section).OfType<Section>()]);

    /// <summary>Reads and checks a configuration.</summary>
    public static ConfigurationReader Reader { get; } = new(Table, Check);

    private static void Check(Settings settings, FaultList faults, bool looksAtFiles)
    {
        Strategies.Find(settings, faults, looksAtFiles);
        if (faults.Any)
        {
            return;
        }

        Section[] sections = Strategies.Selected(settings).Section is { } section ? [.. Always, section] : Always;
        Listeners.Check(settings, faults);
        foreach (Section used in sections)
        {
            used.Check?.Invoke(settings, faults);
        }

        if (faults.Any || !looksAtFiles)
        {
            return;
        }

        foreach (Section used in sections)
        {
            used.CheckFiles?.Invoke(settings, faults);
        }
    }
}
