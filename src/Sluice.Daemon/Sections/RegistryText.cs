using Sluice.Gateway.Routing;

namespace Sluice.Daemon.Sections;

/// <summary>Forms of texts in the sections of registries.</summary>
internal static class RegistryText
{
    private const int MaxPrefixChars = 1000;
    private const int MaxUserNameChars = 200;

    /// <summary>Whether a text is <c>http://host:port</c> or <c>https://host:port</c>. Passwords are in files of their own.</summary>
    public static bool IsEndpoint(string text)
    {
        string? address = text switch
        {
            _ when text.StartsWith("http://", StringComparison.Ordinal) => text["http://".Length..],
            _ when text.StartsWith("https://", StringComparison.Ordinal) => text["https://".Length..],
            _ => null,
        };
        return address is not null && IsHostPort(address) && Uri.TryCreate(text, UriKind.Absolute, out _);
    }

    /// <summary>Whether a text is an address or a name with a port, without the <c>tcp://</c> of backends.</summary>
    public static bool IsHostPort(string text) =>
        Backend.TryParse(text, out Backend? backend) && backend.Protocol == BackendProtocol.AsClient;

    /// <summary>Whether a text is an address with a port.</summary>
    public static bool IsAddressPort(string text) =>
        Backend.TryParse(text, out Backend? backend) && backend is { Name: null, Protocol: BackendProtocol.AsClient };

    public static bool IsPrefix(string text) => text.Length is >= 1 and <= MaxPrefixChars && !text.Any(char.IsControl);

    public static bool IsUserName(string text) => text.Length <= MaxUserNameChars && !text.Any(char.IsControl);
}
