namespace Sluice.Daemon.Routing.Plugins;

/// <summary>A plug-in cannot be used. The message has the reason and the remedy.</summary>
internal sealed class PluginException(string message, Exception? inner = null) : Exception(message, inner);
