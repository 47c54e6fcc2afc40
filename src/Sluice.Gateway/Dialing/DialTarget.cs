using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Dialing;

/// <summary>An address that the policy allows.</summary>
/// <param name="Protocol">What is spoken with it: TCP or KCP.</param>
/// <param name="Address">Address and port.</param>
/// <param name="Name">The name that its certificate must be for, if it is dialled with TLS by a name; null otherwise.</param>
internal readonly record struct DialTarget(Protocol Protocol, NetworkAddress Address, string? Name);
