namespace Sluice.Gateway.Routing.Nodes;

/// <summary>A registry cannot be reached, refuses us, or was lost.</summary>
public sealed class NodeSourceException : Exception
{
    /// <summary>Creates it.</summary>
    /// <param name="message">What is wrong, for the operator: short, with no secret in it.</param>
    /// <param name="inner">What the client of the registry said.</param>
    public NodeSourceException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>Creates it without saying what is wrong.</summary>
    public NodeSourceException()
    {
    }

    /// <summary>Creates it.</summary>
    public NodeSourceException(string message)
        : base(message)
    {
    }
}
