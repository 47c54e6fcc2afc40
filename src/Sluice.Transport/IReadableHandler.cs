namespace Sluice.Transport;

/// <summary>A handler that takes bytes from the connection itself, for example into a pipe, instead of being given them.</summary>
public interface IReadableHandler : IConnectionHandler
{
    /// <summary>Whether it takes the bytes itself. If not, it is given them by <see cref="IConnectionHandler.Received"/>.</summary>
    bool TakesBytes { get; }

    /// <summary>
    /// Something can be taken. Called instead of <see cref="IConnectionHandler.Received"/>, and told once until the connection was found
    /// empty.
    /// </summary>
    void Readable();
}
