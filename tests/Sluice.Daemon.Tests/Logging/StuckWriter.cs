using System.Text;
using System.Threading.Channels;

namespace Sluice.Daemon.Tests.Logging;

/// <summary>A terminal that takes nothing until it is released.</summary>
internal sealed class StuckWriter : TextWriter
{
    private readonly ManualResetEventSlim _released = new();
    private readonly Channel<string> _written = Channel.CreateUnbounded<string>();

    public override Encoding Encoding => Encoding.UTF8;

    public void Release() => _released.Set();

    /// <summary>Completes once something that fits was written.</summary>
    public async Task WroteAsync(Func<string, bool> fits)
    {
        while (!fits(await _written.Reader.ReadAsync()))
        {
        }
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        _released.Wait();
        _written.Writer.TryWrite(value ?? "");
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    protected override void Dispose(bool disposing)
    {
        _released.Set();
        base.Dispose(disposing);
    }
}
