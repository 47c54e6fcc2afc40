using Microsoft.Extensions.Logging;
using Sluice.Gateway.Logging;

namespace Sluice.Gateway.Routing.Nodes;

/// <summary>
/// The strategy of every registry: the key is a node's name, and the registry's nodes are known here, so a lookup is a memory read.
/// </summary>
/// <remarks>While the registry is away the nodes that were known still route; it is asked again after growing pauses.</remarks>
#pragma warning disable CA1001 // A cancellation source without a timer or handle holds nothing to dispose; lookups may outlive the gateway.
public sealed class RegistryResolver : IBackendResolver
#pragma warning restore CA1001
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly INodeSource _source;
    private readonly RegistryOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly NodeTable _nodes;
    private CancellationTokenSource _stop = new();
    private volatile TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _problem;
    private string _lastLoss = "no answer yet";
    private long? _loadedAt;
    private int _failures;
    private bool _lossLogged;
    private Task _watching = Task.CompletedTask;

    /// <summary>Creates it; the gateway starts and stops it.</summary>
    public RegistryResolver(INodeSource source, RegistryOptions options, ILogger logger, TimeProvider? timeProvider = null)
    {
        _source = source;
        _options = options;
        _logger = logger;
        _time = timeProvider ?? TimeProvider.System;
        _problem = NotLoaded;
        _nodes = new NodeTable((name, problem) => RegistryLog.MalformedNode(_logger, source.Name, LogText.Escape(name), problem), OnLoaded);
    }

    /// <inheritdoc/>
    public string Name => _source.Name;

    /// <inheritdoc/>
    public string? Problem => _problem;

    /// <inheritdoc/>
    public int? KnownNodes => _nodes.Count;

    /// <inheritdoc/>
    public bool CanRoute => _loaded.Task.IsCompleted;

    /// <inheritdoc/>
    public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) => new(
        _nodes.TryGet(request.Key, out Node? node) ? node.For(request.Key) with { NodeName = request.Key }
        : _loaded.Task.IsCompleted ? Resolution.NotFound
        : Resolution.Unreachable);

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellation)
    {
        if (_stop.IsCancellationRequested)
        {
            Renew();
        }

        CancellationToken stop = _stop.Token;
        _watching = Task.Run(() => WatchAsync(stop), CancellationToken.None);
        Task awaited = _options.Required ? _loaded.Task : _answered.Task;
        TimeSpan limit = _options.Required ? _options.StartTimeout : _options.FirstAnswerTimeout;
        try
        {
            await awaited.WaitAsync(limit, _time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!_options.Required)
        {
        }
        catch (TimeoutException failure)
        {
            throw new NodeSourceException(
                $"{_source.Description} could not be loaded within {limit.TotalSeconds:0.###} s: {_lastLoss}", failure);
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);

        // A client of a registry may not heed its cancellation; the gateway ends all the same.
        await _watching.WaitAsync(StopTimeout, _time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private string NotLoaded => $"{_source.Description}: its nodes are not loaded yet";

    /// <summary>It was stopped, and another gateway starts it: what was known is out of date until it is loaded again.</summary>
    private void Renew()
    {
        _stop = new CancellationTokenSource();
        _loaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _problem = NotLoaded;
        _lossLogged = false;
        _failures = 0;
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            _loadedAt = null;
            try
            {
                await _source.WatchAsync(_nodes, stop).ConfigureAwait(false);
                Lost("the connection was closed");
            }
#pragma warning disable CA1031 // Clients of registries throw what they like; whatever it is, the registry is asked again.
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Lost(failure.Message);
            }

            await PauseAsync(stop).ConfigureAwait(false);
        }
    }

    private void OnLoaded()
    {
        _loadedAt ??= _time.GetTimestamp();
        if (_problem is null)
        {
            // Some sources load again to be sure of what they have; that is no news.
            return;
        }

        _problem = null;
        _lossLogged = false;
        RegistryLog.RegistryLoaded(_logger, _source.Description, _nodes.Count);
        _loaded.TrySetResult();
        _answered.TrySetResult();
    }

    private void Lost(string problem)
    {
        problem = LogText.Escape(problem);
        Volatile.Write(ref _lastLoss, problem);
        _problem = $"{_source.Description} is away: {problem}";
        if (!_lossLogged)
        {
            // Once until it is back: an outage of an hour is one line, not thousands.
            _lossLogged = true;
            RegistryLog.RegistryLost(_logger, _source.Description, problem, _nodes.Count);
        }
        else
        {
            RegistryLog.RegistryStillLost(_logger, _source.Description, problem);
        }

        if (_loadedAt is { } since && _time.GetElapsedTime(since) >= _options.LongestPause)
        {
            _failures = 0;
        }

        _answered.TrySetResult();
    }

    private async Task PauseAsync(CancellationToken stop)
    {
        double pause = _options.FirstPause.TotalMilliseconds * Math.Pow(2, Math.Min(_failures++, 20));
        pause = Math.Min(_options.LongestPause.TotalMilliseconds, pause);
        await Task.Delay(TimeSpan.FromMilliseconds(pause * (0.5 + (Random.Shared.NextDouble() / 2))), _time, stop)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
