namespace Sluice.Bench.Processes;

/// <summary>Reads a process's error stream and keeps the beginning and the end, since one of them shows why it failed.</summary>
internal sealed class LastWords
{
    private const int Kept = 300;
    private readonly Lock _lock = new();
    private string _head = "";
    private string _tail = "";

    public LastWords(TextReader reader) => _ = ReadAsync(reader);

    public override string ToString()
    {
        lock (_lock)
        {
            var text = _tail.Length > Kept ? $"{_head} … {_tail[^Kept..]}" : _head + _tail;
            return string.Join(" / ", text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        }
    }

    private async Task ReadAsync(TextReader reader)
    {
        var buffer = new char[4096];
        try
        {
            for (int count; (count = await reader.ReadAsync(buffer)) > 0;)
            {
                Add(new string(buffer, 0, count));
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The process was killed.
        }
    }

    private void Add(string text)
    {
        lock (_lock)
        {
            var room = Math.Min(text.Length, Kept - _head.Length);
            _head += text[..room];
            _tail += text[room..];
            _tail = _tail[Math.Max(0, _tail.Length - Kept - 1)..];
        }
    }
}
