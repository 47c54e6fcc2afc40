using System.Net;
using System.Net.Sockets;
using Sluice.Daemon.Configuration;

namespace Sluice.Daemon.Sections;

/// <summary>Checks the listeners of all sections together.</summary>
internal static class Listeners
{
    /// <summary>Adds a fault if no clients are served, and one for each pair of TCP listeners with the same port.</summary>
    public static void Check(Settings settings, FaultList faults)
    {
        if (!settings.Get(TcpGateSection.Enabled) && !settings.Get(KcpGateSection.Enabled) && !settings.Get(WebSocketGateSection.Enabled))
        {
            faults.Add(
                settings.PlaceOf(TcpGateSection.Enabled),
                $"{TcpGateSection.Enabled}: no listener is enabled; "
                + $"set it, {KcpGateSection.Enabled} or {WebSocketGateSection.Enabled} to true");
        }

        List<Listener> listeners = Tcp(settings);
        for (int later = 1; later < listeners.Count; later++)
        {
            foreach (Listener earlier in listeners.Take(later).Where(earlier => earlier.Overlaps(listeners[later])))
            {
                Setting setting = listeners[later].Setting;
                Origin? origin = settings.OriginOf(setting)
                    ?? settings.OriginOf(earlier.Setting)
                    ?? settings.OriginOfSection(setting.Section);
                faults.Add(
                    origin ?? new Origin(setting.Path),
                    $"{setting}: {listeners[later].Port} is the port of [{earlier.Setting.Section}] too, and their addresses overlap; "
                    + "write another port, or another bind");
            }
        }
    }

    private static List<Listener> Tcp(Settings settings)
    {
        List<Listener> listeners = [];
        if (settings.Get(TcpGateSection.Enabled))
        {
            listeners.Add(new Listener(TcpGateSection.Port, settings.Get(TcpGateSection.Port), settings.Get(TcpGateSection.Bind)));
        }

        if (settings.Get(WebSocketGateSection.Enabled))
        {
            listeners.Add(new Listener(
                WebSocketGateSection.Port, settings.Get(WebSocketGateSection.Port), settings.Get(WebSocketGateSection.Bind)));
        }

        // The default endpoint gives way.
        if (settings.Get(AdminSection.Enabled) && AdminSection.Table.IsWritten(settings))
        {
            listeners.Add(new Listener(AdminSection.Port, settings.Get(AdminSection.Port), settings.Get(AdminSection.Bind)));
        }

        return listeners;
    }

    /// <summary>A TCP listener.</summary>
    /// <param name="Setting">The setting of its port.</param>
    /// <param name="Port">0 = a free one.</param>
    /// <param name="Bind">Null = all addresses, IPv4 and IPv6.</param>
    private sealed record Listener(Setting Setting, int Port, IPAddress? Bind)
    {
        public bool Overlaps(Listener other) => Port != 0 && Port == other.Port && (Covers(other) || other.Covers(this));

        private bool Covers(Listener other) =>
            Bind is null
            || Bind.Equals(IPAddress.IPv6Any)
            || (Bind.Equals(IPAddress.Any) && other.Bind?.AddressFamily == AddressFamily.InterNetwork)
            || Bind.Equals(other.Bind);
    }
}
