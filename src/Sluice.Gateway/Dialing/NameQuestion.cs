using System.Net;
using System.Net.Sockets;

namespace Sluice.Gateway.Dialing;

/// <summary>One name that is looked up.</summary>
#pragma warning disable CA1001 // A cancellation source without a timer holds nothing to dispose; the lookup may outlive its caller.
internal sealed class NameQuestion
#pragma warning restore CA1001
{
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _lookUp;
    private readonly CancellationTokenSource _givenUp = new();

    /// <summary>Its continuations post to a loop and do nothing else, so that they need no other thread.</summary>
    private readonly TaskCompletionSource<IPAddress[]> _answer = new();

    public NameQuestion(string name, Func<string, CancellationToken, Task<IPAddress[]>> lookUp)
    {
        Name = name;
        _lookUp = lookUp;
        Place = new LinkedListNode<NameQuestion>(this);
    }

    public string Name { get; }

    /// <summary>The address family that is asked for; unspecified = all.</summary>
    public AddressFamily Family { get; init; }

    /// <summary>Clients that wait for the answer, if several may; guarded by the lock of who counts them.</summary>
    public int Waiting { get; set; }

    /// <summary>Its place in line.</summary>
    public LinkedListNode<NameQuestion> Place { get; }

    /// <summary>What was found, or what the look-up threw.</summary>
    public Task<IPAddress[]> Answer => _answer.Task;

    /// <summary>Asks, for as long as that takes.</summary>
    public void Ask()
    {
        try
        {
            _answer.TrySetResult(_lookUp(Name, _givenUp.Token).GetAwaiter().GetResult());
        }
#pragma warning disable CA1031 // The caller gets the exception; on this thread it would end the process.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _answer.TrySetException(failure);
        }
    }

    /// <summary>Nobody waits for it any more. A look-up that heeds it ends; the system's does not.</summary>
    public void GiveUp() => _givenUp.Cancel();
}
