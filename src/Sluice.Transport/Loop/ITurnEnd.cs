namespace Sluice.Transport.Loop;

/// <summary>Does what is best done once a turn, after everything else of the turn: for example sending what gathered.</summary>
internal interface ITurnEnd
{
    /// <summary>Called once for each <see cref="EventLoop.AtTurnEnd"/>. It must not throw.</summary>
    void EndTurn();
}
