using System.Diagnostics;
using System.Globalization;

namespace Sluice.Daemon.Demo;

/// <summary>Prints one line per event, from whichever side of the gateway it comes.</summary>
internal sealed class DemoScreen(TextWriter output)
{
    private readonly Lock _oneAtATime = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Prints an event: seconds since the start, row, who, and what happened.</summary>
    public void Show(string row, string who, string what)
    {
        lock (_oneAtATime)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,8:0.000}  {row,-10}  {who,-7}  {what}"));
            output.Flush();
        }
    }
}
