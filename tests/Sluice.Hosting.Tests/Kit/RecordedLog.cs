using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Sluice.Hosting.Tests.Kit;

/// <summary>A provider as a host has them: keeps what is logged, with its category.</summary>
internal sealed class RecordedLog : ILoggerProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public ILogger CreateLogger(string categoryName) => new Category(categoryName, _lines.Writer);

    /// <summary>The next line, <c>category: message</c>, that begins so.</summary>
    public async Task<string> NextAsync(string beginning)
    {
        using var patience = new CancellationTokenSource(Patience);
        return await _lines.Reader.ReadAllAsync(patience.Token).FirstAsync(line => line.StartsWith(beginning, StringComparison.Ordinal), patience.Token);
    }

    public void Dispose()
    {
    }

    private sealed class Category(string name, ChannelWriter<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.TryWrite($"{name}: {formatter(state, exception)}");
    }
}
