using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Dialing;

/// <summary>A backend address that failed lately: sessions that have another one try it last.</summary>
/// <param name="Protocol">What it was dialled with: TCP or KCP.</param>
/// <param name="Address">Address and port.</param>
/// <param name="Name">The name that its certificate had to be for, if it was dialled with TLS by a name; null otherwise.</param>
/// <param name="Failures">Failures in a row, those within one pause counted once; 1 or more.</param>
/// <param name="Until">When it is tried in its turn again. In the past if no session wanted it since.</param>
public readonly record struct SuspendedBackend(Protocol Protocol, NetworkAddress Address, string? Name, int Failures, DateTimeOffset Until);
