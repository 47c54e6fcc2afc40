using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Dialing;

/// <summary>A backend connection, paused; or why there is none.</summary>
internal readonly record struct DialResult(Connection? Connection, EndReason Reason);
