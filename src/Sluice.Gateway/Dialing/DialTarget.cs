using Sluice.Transport;

namespace Sluice.Gateway.Dialing;

/// <summary>What is dialled: an address that the policy allows.</summary>
/// <param name="Protocol">What is spoken with it: TCP or KCP.</param>
/// <param name="Address">Address and port.</param>
/// <param name="Name">The host name that it was found by; null where the key or the registry named the address.</param>
internal readonly record struct DialTarget(Protocol Protocol, NetworkAddress Address, string? Name);
