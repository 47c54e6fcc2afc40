using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Greeting;

/// <summary>Reads the key of a client of one protocol, and answers it.</summary>
internal interface IGreeting
{
    /// <summary>The connection to relay: the accepted one, or a layer over it.</summary>
    Connection Client { get; }

    /// <summary>Reads the key, within the connect timeout.</summary>
    ValueTask<GreetingResult> ReadKeyAsync();

    /// <summary>Sends the success message. No byte of the backend is sent before it.</summary>
    ValueTask WelcomeAsync();

    /// <summary>Sends why there is no backend, and ends the connection so that the reason arrives.</summary>
    ValueTask RejectAsync(EndReason reason);

    /// <summary>
    /// Stops reading the key, for a reason of the gateway's own such as a limit, and stops waiting for a rejection to arrive.
    /// </summary>
    /// <param name="reason">The reason to send.</param>
    /// <param name="mayRead">Whether to wait a moment for the client's request if the reason can only be sent after it.</param>
    void Stop(EndReason reason, bool mayRead = false);

    /// <summary>Bytes that the client sent after its key. None may be lost.</summary>
    ReadOnlySpan<byte> BytesAfterKey { get; }

    /// <summary>Cancelled if the client is lost after its key was read and before the relay takes over.</summary>
    CancellationTokenSource? CancelledWhenLost { get; set; }
}

/// <summary>A key, or why there is none.</summary>
internal readonly record struct GreetingResult(string? Key, EndReason Reason);
