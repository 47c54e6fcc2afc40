using System.Net;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Sockets;

/// <summary>
/// The listening sockets of one port: one for each loop if the system spreads clients over them, else one on the first loop.
/// </summary>
/// <typeparam name="T">The listener of one loop.</typeparam>
internal sealed class SharedPort<T>(IReadOnlyList<EventLoop> loops)
    where T : ILoopListener
{
    private readonly List<(EventLoop Loop, T Listener)> _listeners = [];

    /// <summary>Whether each loop has a socket of its own.</summary>
    public bool IsShared { get; } = loops.Count > 1 && loops[0].Sockets.CanShareListenPort;

    /// <summary>The local address, with the real port.</summary>
    public IPEndPoint LocalEndPoint => _listeners[0].Listener.LocalEndPoint;

    /// <summary>Opens the sockets, or none if one of them fails.</summary>
    /// <param name="endPoint">The address; port 0 takes a free one.</param>
    /// <param name="open">Opens the socket of a loop, on that loop. Its last argument is whether the socket joins a port that is in
    /// use.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The port cannot be bound.</exception>
    public async Task OpenAsync(IPEndPoint endPoint, Func<EventLoop, IPEndPoint, bool, T> open)
    {
        try
        {
            foreach (EventLoop loop in IsShared ? loops : loops.Take(1))
            {
                // Any process of this user may join a shared port, so the first socket takes the port for itself and shares it afterwards.
                bool joinsPort = _listeners.Count > 0;
                IPEndPoint wanted = joinsPort ? LocalEndPoint : endPoint;
                T listener = await loop.InvokeAsync(() => open(loop, wanted, joinsPort));
                _listeners.Add((loop, listener));
                if (IsShared && !joinsPort)
                {
                    listener.SharePort();
                }
            }
        }
        catch
        {
            await CloseAsync();
            throw;
        }
    }

    /// <summary>Closes the sockets.</summary>
    public Task CloseAsync() => OnEachAsync(listener =>
    {
        listener.Close();
        return true;
    });

    /// <summary>Calls a function for each listener, on its loop.</summary>
    public Task<TResult[]> OnEachAsync<TResult>(Func<T, TResult> work) =>
        Task.WhenAll(_listeners.Select(pair => pair.Loop.InvokeAsync(() => work(pair.Listener))));

    /// <summary>Calls a function for the first listener, on its loop.</summary>
    public Task<TResult> OnFirstAsync<TResult>(Func<T, TResult> work) => _listeners[0].Loop.InvokeAsync(() => work(_listeners[0].Listener));
}
