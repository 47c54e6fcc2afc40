namespace Sluice.Transport.WebSocket;

/// <summary>What a request is answered with: the HTTP status, or that there is none yet.</summary>
public enum UpgradeStatus
{
    /// <summary>The request is not complete.</summary>
    Incomplete = 0,

    /// <summary>It is good.</summary>
    SwitchingProtocols = 101,

    /// <summary>It is no request that this server takes apart.</summary>
    BadRequest = 400,

    /// <summary>Another method than GET.</summary>
    MethodNotAllowed = 405,

    /// <summary>It did not come in time.</summary>
    RequestTimeout = 408,

    /// <summary>The request line is too long.</summary>
    UriTooLong = 414,

    /// <summary>It asks for something else than WebSocket version 13.</summary>
    UpgradeRequired = 426,

    /// <summary>The headers are too long, or too many.</summary>
    HeadersTooLarge = 431,

    /// <summary>No client is taken now.</summary>
    ServiceUnavailable = 503,
}
