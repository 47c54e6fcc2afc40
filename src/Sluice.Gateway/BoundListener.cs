using System.Net;

namespace Sluice.Gateway;

/// <summary>A listener as it was bound.</summary>
/// <param name="Protocol">For example <c>tcp</c>.</param>
/// <param name="EndPoint">Its address, with the real port.</param>
public readonly record struct BoundListener(string Protocol, IPEndPoint EndPoint);
