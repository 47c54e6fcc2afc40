using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Dialing;

/// <summary>What is dialled: an address that the policy allows.</summary>
/// <param name="Protocol">What is spoken with it: TCP or KCP.</param>
/// <param name="Address">Address and port.</param>
/// <param name="Name">The name that its certificate must be for, where TLS is spoken and it was found by a name; null otherwise.</param>
internal readonly record struct DialTarget(Protocol Protocol, NetworkAddress Address, string? Name);
