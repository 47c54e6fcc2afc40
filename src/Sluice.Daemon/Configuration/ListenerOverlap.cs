using System.Net;
using System.Net.Sockets;

namespace Sluice.Daemon.Configuration;

/// <summary>Finds TCP listeners of one configuration that would take each other's port.</summary>
internal static class ListenerOverlap
{
    /// <summary>Adds a fault for each pair.</summary>
    public static void Check(Settings settings, FaultList faults)
    {
        List<Listener> listeners = [];
        if (settings.Get(Keys.TcpEnabled))
        {
            listeners.Add(new Listener(Keys.TcpPort, settings.GetInt(Keys.TcpPort), settings.Get(Keys.TcpBind)));
        }

        if (settings.Get(Keys.WsEnabled))
        {
            listeners.Add(new Listener(Keys.WsPort, settings.GetInt(Keys.WsPort), settings.Get(Keys.WsBind)));
        }

        // One that is there by default gives way.
        if (settings.Get(AdminKeys.Enabled) && AdminKeys.AreWritten(settings))
        {
            listeners.Add(new Listener(AdminKeys.Port, settings.GetInt(AdminKeys.Port), settings.Get(AdminKeys.Bind)));
        }

        for (int later = 1; later < listeners.Count; later++)
        {
            foreach (Listener earlier in listeners.Take(later).Where(earlier => earlier.Overlaps(listeners[later])))
            {
                ConfigurationKey key = listeners[later].Key;
                Origin? origin = settings.OriginOf(key) ?? settings.OriginOf(earlier.Key) ?? settings.OriginOfSection(key.Section);
                faults.Add(
                    origin ?? new Origin(key.Path),
                    $"{key}: {listeners[later].Port} is the port of [{earlier.Key.Section}] too, and their addresses overlap; write another port, or another bind");
            }
        }
    }

    /// <summary>A TCP listener.</summary>
    /// <param name="Key">The key of its port.</param>
    /// <param name="Port">0 = a free one.</param>
    /// <param name="Bind">Null = all addresses, IPv4 and IPv6.</param>
    private sealed record Listener(ConfigurationKey Key, int Port, IPAddress? Bind)
    {
        public bool Overlaps(Listener other) => Port != 0 && Port == other.Port && (Covers(other) || other.Covers(this));

        private bool Covers(Listener other) =>
            Bind is null
            || Bind.Equals(IPAddress.IPv6Any)
            || (Bind.Equals(IPAddress.Any) && other.Bind?.AddressFamily == AddressFamily.InterNetwork)
            || Bind.Equals(other.Bind);
    }
}
