using System.Net;
using Microsoft.Extensions.Time.Testing;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Vocabulary;
using Sluice.Testing.Loops;
using Sluice.Transport;

namespace Sluice.Tokens.Tests.Kit;

/// <summary>A resolver as the gateway has it, with a key file, a clock that stands still, and its log.</summary>
internal sealed class TokenWorld : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sluice-tokens-");

    private TokenWorld()
    {
    }

    public static DateTimeOffset Begin { get; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public FakeTimeProvider Time { get; } = new(Begin);

    public ListLogger Log { get; } = new();

    public JwtResolver Resolver { get; private set; } = null!;

    public string KeyFile => Path.Combine(_folder.FullName, "route.key");

    public static Task<TokenWorld> StartAsync(JwtOptions? options = null, IBackendResolver? registry = null) =>
        StartAsync(Forge.Secret, options, registry);

    public static async Task<TokenWorld> StartAsync(byte[] key, JwtOptions? options = null, IBackendResolver? registry = null)
    {
        var world = new TokenWorld();
        world.WriteKey(key);
        world.Resolver = new JwtResolver((options ?? new JwtOptions()) with { KeyFile = world.KeyFile }, world.Log, registry, world.Time);
        await world.Resolver.StartAsync(CancellationToken.None);
        return world;
    }

    public static Task<TokenWorld> StartAsync(string key, params string[] algorithms) =>
        StartAsync(System.Text.Encoding.UTF8.GetBytes(key), new JwtOptions { Algorithms = algorithms });

    public void WriteKey(byte[] key)
    {
        File.WriteAllBytes(KeyFile, key);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    public async Task<Resolution> ResolveAsync(string token, string client = "192.0.2.1") =>
        await Resolver.ResolveAsync(new RouteRequest(token, NetworkAddress.From(IPAddress.Parse(client), 50_000)), CancellationToken.None);

    /// <summary>Where the token leads, or the word of its refusal.</summary>
    public async Task<string> AskAsync(string token, string client = "192.0.2.1")
    {
        Resolution resolution = await ResolveAsync(token, client);
        return resolution.Backends.Count == 0
            ? resolution.Rejection switch
            {
                EndReason.BadKey => "bad_key",
                EndReason.Busy => "busy",
                EndReason.NotFound => "not_found",
                EndReason.Draining => "draining",
                _ => resolution.Rejection.ToString(),
            }
            : string.Join(' ', resolution.Backends);
    }

    public async ValueTask DisposeAsync()
    {
        await Resolver.StopAsync();
        _folder.Delete(recursive: true);
    }
}
