namespace Sluice.Transport.Loop;

/// <summary>A poll target that has to be closed before its loop ends, if nobody else closes it.</summary>
internal interface IResident : IPollTarget
{
    /// <summary>Whether bytes that were written to it still wait to be sent, and its handler holds the rest.</summary>
    bool HasUnsent { get; }

    /// <summary>The loop is about to end: closes the target.</summary>
    void LoopEnds();
}
