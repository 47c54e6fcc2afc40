namespace Sluice.Transport.Loop;

/// <summary>Does what is best done once a turn, after everything else of the turn: for example sending what gathered.</summary>
internal interface ITurnEnd
{
    /// <summary>Called once per turn in which <see cref="EventLoop.AtTurnEnd"/> was called. What it throws is logged.</summary>
    void EndTurn();
}
