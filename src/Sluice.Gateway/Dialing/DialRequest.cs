using Sluice.Gateway.Routing;
using Sluice.Gateway.Vocabulary;

namespace Sluice.Gateway.Dialing;

/// <summary>What one session wants dialled.</summary>
/// <param name="DefaultProtocol">Protocol of backends that name none: TCP or KCP.</param>
/// <param name="Timeout">Time per attempt with TCP, and per name lookup.</param>
/// <param name="Backends">The backends, in the order in which to try them.</param>
/// <param name="Header">Bytes that introduce the client. Sent first, plain even if TLS follows; may be empty.</param>
internal readonly record struct DialRequest(
    Protocol DefaultProtocol, TimeSpan Timeout, IReadOnlyList<Backend> Backends, ReadOnlyMemory<byte> Header = default);
