using System.Diagnostics;
using System.Globalization;

namespace Sluice.Demo;

/// <summary>Prints a line for each step, from both sides of the gateway. Any thread.</summary>
internal sealed class DemoScreen(TextWriter output)
{
    private readonly Lock _lock = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private bool _closed;

    /// <summary>Prints a step: seconds since the start, row, who does it, and what happens.</summary>
    public void Show(string row, string who, string what)
    {
        lock (_lock)
        {
            if (!_closed)
            {
                output.WriteLine(
                    string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,7:0.000}  {row,-10}  {who,-7}  {what}"));
                output.Flush();
            }
        }
    }

    /// <summary>Prints nothing more: the end of the demo is not a step.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
        }
    }
}
