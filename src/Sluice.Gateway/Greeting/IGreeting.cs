using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Greeting;

/// <summary>How a client of one protocol says its key, and how it is answered.</summary>
internal interface IGreeting
{
    /// <summary>The connection to relay: the one that was accepted, or what was made of it.</summary>
    Connection Client { get; }

    /// <summary>Reads the key, within the connect timeout.</summary>
    ValueTask<GreetingResult> ReadKeyAsync();

    /// <summary>Says that the backend is there. Nothing of the backend is sent before it.</summary>
    ValueTask WelcomeAsync();

    /// <summary>Says why there is no backend, and ends the connection so that this arrives.</summary>
    ValueTask RejectAsync(EndReason reason);

    /// <summary>Ends the reading of the key with a reason of the gateway's own, for example that a limit is reached; and the waiting of a refusal.</summary>
    /// <param name="reason">What the client is told.</param>
    /// <param name="mayRead">True where the client may be heard out for a moment, if only then it can be told.</param>
    void Stop(EndReason reason, bool mayRead = false);

    /// <summary>What the client sent behind its key. Nothing of it may be lost.</summary>
    ReadOnlySpan<byte> BytesAfterKey { get; }

    /// <summary>Cancelled if the client is lost after its key was read and before the relay takes over.</summary>
    CancellationTokenSource? CancelledWhenLost { get; set; }
}

/// <summary>A key, or why there is none.</summary>
internal readonly record struct GreetingResult(string? Key, EndReason Reason);
