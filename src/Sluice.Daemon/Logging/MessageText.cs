using System.Globalization;
using Serilog.Events;
using Serilog.Formatting.Display;

namespace Sluice.Daemon.Logging;

/// <summary>The message of a log event with its values in place.</summary>
internal static class MessageText
{
    // "lj": strings are written as they are, everything else as JSON.
    private static readonly MessageTemplateTextFormatter Message = new("{Message:lj}", CultureInfo.InvariantCulture);

    /// <summary>Renders the message, of whatever length.</summary>
    public static string Render(LogEvent logEvent)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        Message.Format(logEvent, text);
        return text.ToString();
    }
}
