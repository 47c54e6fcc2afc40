namespace Sluice.Gateway.Routing.Nodes;

/// <summary>Whether a node takes new sessions. Those that it has run on in any state.</summary>
public enum NodeState : byte
{
    /// <summary>It does.</summary>
    Up,

    /// <summary>It is going away: clients are refused with <c>draining</c>.</summary>
    Draining,

    /// <summary>It has no room: clients are refused with <c>busy</c>.</summary>
    Full,
}
