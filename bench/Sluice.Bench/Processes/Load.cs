using System.Text.Json;

namespace Sluice.Bench.Processes;

/// <summary>The load generator, controlled line by line as peers/load.c describes.</summary>
internal sealed class Load(Child child) : IAsyncDisposable
{
    public TimeSpan ProcessorTime => child.ProcessorTime;

    public void Pause() => child.Pause();

    public void Resume() => child.Resume();

    public async Task ExpectAsync(string word, CancellationToken stop)
    {
        var line = await child.ReadLineAsync(stop);
        if (!string.Equals(line, word, StringComparison.Ordinal))
        {
            throw new BenchException($"load printed '{line}' instead of '{word}'");
        }
    }

    public Task GoAsync() => child.WriteLineAsync("go");

    /// <summary>Runs the load once and returns its result by name.</summary>
    public async Task<IReadOnlyDictionary<string, double>> RunAsync(CancellationToken stop)
    {
        await GoAsync();
        var line = await child.ReadLineAsync(stop);
        return JsonSerializer.Deserialize<Dictionary<string, double>>(line) ?? throw new BenchException("load gave no result");
    }

    public ValueTask DisposeAsync() => child.DisposeAsync();
}
