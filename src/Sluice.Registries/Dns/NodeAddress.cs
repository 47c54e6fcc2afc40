using System.Net;

namespace Sluice.Registries.Dns;

/// <summary>One address of a node.</summary>
/// <param name="EndPoint">Where it listens.</param>
/// <param name="Priority">The lower is tried first (RFC 2782).</param>
/// <param name="Weight">Its share among those of one priority.</param>
internal readonly record struct NodeAddress(IPEndPoint EndPoint, int Priority, int Weight);
