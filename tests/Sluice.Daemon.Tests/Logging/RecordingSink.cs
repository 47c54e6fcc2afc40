using System.Text;
using Sluice.Daemon.Logging;

namespace Sluice.Daemon.Tests.Logging;

/// <summary>Keeps what it is given; it can be held up, and it can fail once.</summary>
internal sealed class RecordingSink : IBatchSink
{
    private readonly ManualResetEventSlim _free = new(initialState: true);
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _written = new(0);

    public List<string> Lines { get; } = [];

    public int Batches { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>Whether the next batch fails.</summary>
    public bool Fail { get; set; }

    public void Hold() => _free.Reset();

    public void LetGo() => _free.Set();

    /// <summary>Completes once a batch has come.</summary>
    public Task EnteredAsync() => _entered.Task;

    /// <summary>Completes when a batch has failed.</summary>
    public Task FailedAsync() => _failed.Task;

    /// <summary>Completes once a further batch is written.</summary>
    public Task WroteAsync() => _written.WaitAsync();

    public void Write(LineBatch batch)
    {
        _entered.TrySetResult();
        _free.Wait();
        if (Fail)
        {
            Fail = false;
            _failed.TrySetResult();
            throw new InvalidOperationException("No.");
        }

        Batches++;
        Lines.AddRange(Encoding.UTF8.GetString(batch.Bytes).TrimEnd('\n').Split('\n'));
        _written.Release();
    }

    public void Dispose() => IsDisposed = true;
}
