using System.Net;

namespace Sluice.Registries.Dns;

/// <summary>One address of a node.</summary>
/// <param name="EndPoint">Its address and port.</param>
/// <param name="Priority">The priority; lower ones are tried first (RFC 2782).</param>
/// <param name="Weight">Its share among the addresses of one priority.</param>
internal readonly record struct NodeAddress(IPEndPoint EndPoint, int Priority, int Weight);
