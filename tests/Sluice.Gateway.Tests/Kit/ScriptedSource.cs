using System.Threading.Channels;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Gateway.Tests.Kit;

/// <summary>A registry that does what the test says, call by call.</summary>
internal sealed class ScriptedSource : INodeSource
{
    private readonly Channel<Visit> _visits = Channel.CreateUnbounded<Visit>();

    public string Name => "scripted";

    public string Description => "scripted at nowhere";

    public bool HeedsCancellation { get; init; } = true;

    /// <summary>Every time that the registry was asked so far.</summary>
    public List<Visit> Visits { get; } = [];

    public async Task WatchAsync(NodeTable nodes, CancellationToken cancellation)
    {
        var visit = new Visit(nodes, cancellation);
        Visits.Add(visit);
        await _visits.Writer.WriteAsync(visit, cancellation);
        await visit.End.Task.WaitAsync(HeedsCancellation ? cancellation : CancellationToken.None);
    }

    /// <summary>The next time that the registry is asked.</summary>
    public Task<Visit> NextAsync() => _visits.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>One call: what it passes on, and how it ends.</summary>
    internal sealed class Visit(NodeTable nodes, CancellationToken cancellation)
    {
        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken Cancellation => cancellation;

        public void Load(params string[] names)
        {
            NodeLoad load = nodes.BeginLoad();
            foreach (string name in names)
            {
                load.Set(name, "127.0.0.1:1"u8);
            }

            load.Complete();
        }

        public void Set(string name, ReadOnlySpan<byte> value) => nodes.Set(name, value);

        public void Fail(string problem) => End.SetException(new NodeSourceException(problem));
    }
}
