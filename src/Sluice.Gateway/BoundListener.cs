using System.Net;
using Sluice.Gateway.Vocabulary;

namespace Sluice.Gateway;

/// <summary>A listener as it was bound.</summary>
/// <param name="Protocol">What is spoken there.</param>
/// <param name="EndPoint">Its address, with the real port.</param>
public readonly record struct BoundListener(Protocol Protocol, IPEndPoint EndPoint);
