using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Bench.Peers;

/// <summary>
/// Creates signed tokens (HS256) that all name the backend, without using Sluice. Each is sent again only after a long while, as if
/// players came one by one.
/// </summary>
internal static class RouteTokens
{
    /// <summary>Enough tokens that a repeated one is long forgotten: Sluice remembers some hundreds.</summary>
    private const int Count = 20_000;

    private const string Secret = "what a benchmark signs with is no secret at all";

    public static string SecretFile(RelayPlace place) => Path.Combine(place.Folder, "route.key");

    public static async Task<string> WriteAsync(RelayPlace place)
    {
        await File.WriteAllTextAsync(SecretFile(place), Secret);
        var colon = place.Backend.LastIndexOf(':');
        var (host, port) = (place.Backend[..colon], place.Backend[(colon + 1)..]);
        var expires = DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds();
        var tokens = Enumerable.Range(0, Count).Select(
            number => Sign($$"""{"host":"{{host}}","port":{{port}},"exp":{{expires}},"sub":"player-{{number}}"}"""));
        var path = Path.Combine(place.Folder, "tokens.txt");
        await File.WriteAllLinesAsync(path, tokens);
        return path;
    }

    private static string Sign(string claims)
    {
        var signed = $"{Encode("""{"alg":"HS256","typ":"JWT"}"""u8)}.{Encode(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(signed)))}";
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
}
