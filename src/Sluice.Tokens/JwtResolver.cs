using System.Buffers;
using System.Buffers.Text;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Routing;
using Sluice.Tokens.Keys;
using Sluice.Tokens.Verification;
using Sluice.Transport;

namespace Sluice.Tokens;

/// <summary>The strategy <c>jwt</c>: the route key is a signed token, whose claims name a backend or a node of a registry.</summary>
/// <remarks>
/// An HMAC is verified on the loop, in a few microseconds; signatures with public keys on the thread pool.
/// docs/decisions/0013-route-tokens.md explains what is rejected and why.
/// </remarks>
#pragma warning disable CA1001 // The gateway stops it.
public sealed class JwtResolver : IBackendResolver
#pragma warning restore CA1001
{
    /// <summary>Name of the strategy.</summary>
    public const string StrategyName = "jwt";

    private readonly JwtOptions _options;
    private readonly TokenRules _rules;
    private readonly ILogger _logger;
    private readonly IBackendResolver? _registry;
    private readonly TimeProvider _time;
    private readonly VerificationQueue _queue = new();
    private readonly UsedTokens _used;
    private readonly double _leeway;
    private volatile TokenVerifier? _verifier;
    private KeyWatch? _watch;
    private long _fullLoggedAt = long.MinValue;

    /// <summary>Creates the strategy. The gateway starts and stops it.</summary>
    /// <param name="options">Which tokens are accepted.</param>
    /// <param name="logger">Receives messages for the operator, never with a part of a token.</param>
    /// <param name="registry">
    /// Finds the nodes that tokens name. It is started and stopped together with this strategy. Without it, such tokens are rejected.
    /// </param>
    /// <param name="timeProvider">The clock for <c>exp</c> and <c>nbf</c>.</param>
    public JwtResolver(JwtOptions options, ILogger logger, IBackendResolver? registry = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _rules = new TokenRules(options.Algorithms, options.Issuer, options.Audience, options.OneTime);
        _logger = logger;
        _registry = registry;
        _time = timeProvider ?? TimeProvider.System;
        _used = new UsedTokens(options.OneTimeCapacity);
        _leeway = options.Leeway.TotalSeconds;
    }

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public bool KeysAreSecret => true;

    /// <inheritdoc/>
    public string? Problem => _registry?.Problem;

    /// <inheritdoc/>
    public int? KnownNodes => _registry?.KnownNodes;

    /// <inheritdoc/>
    public bool CanRoute => _registry?.CanRoute ?? true;

    /// <summary>Reads the key file as the gateway will read it, to report problems before the start.</summary>
    /// <exception cref="TokenKeyException">The file cannot be used, or not for these algorithms.</exception>
    public static void CheckKeyFile(JwtOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        TokenKeys.Load(KeyFile.Read(options.KeyFile), options.Algorithms);
    }

    /// <inheritdoc/>
    /// <exception cref="TokenKeyException">The key file cannot be used.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        if (_options.Verify)
        {
            KeyFile file = KeyFile.Read(_options.KeyFile);
            TokenKeySet keys = TokenKeys.Load(file, _options.Algorithms);
            if (file.OthersMayRead && keys.All.Any(key => key.Kind == JwtKeyKind.Secret))
            {
                TokenLog.SecretIsOpen(_logger, file.Path);
            }

            Use(keys);
            _watch = new KeyWatch(file, _options.Algorithms, Use, _time, _logger);
        }
        else
        {
            TokenLog.NotVerified(_logger);
        }

        if (_registry is not null)
        {
            await _registry.StartAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync()
    {
        _watch?.Dispose();
        return _registry?.StopAsync() ?? Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation)
    {
        ValueTask<Verdict> verdict = _options.Verify
            ? (_verifier ?? throw new InvalidOperationException("The strategy was not started.")).VerifyAsync(request.Key)
            : new(ReadLabel(request.Key));
        return verdict.IsCompletedSuccessfully ? Admit(request, verdict.Result, cancellation) : AdmitLater(request, verdict, cancellation);
    }

    private void Use(TokenKeySet keys)
    {
        _verifier = new TokenVerifier(_rules, keys, _queue);
        if (keys.Skipped is { } skipped)
        {
            TokenLog.KeysSkipped(_logger, _options.KeyFile, skipped);
        }
    }

    private async ValueTask<Resolution> AdmitLater(RouteRequest request, ValueTask<Verdict> verdict, CancellationToken cancellation) =>
        await Admit(request, await verdict.ConfigureAwait(false), cancellation).ConfigureAwait(false);

    private ValueTask<Resolution> Admit(RouteRequest request, Verdict verdict, CancellationToken cancellation)
    {
        if (verdict.Claims is not { } claims)
        {
            return Reject(request, verdict.Problem!, verdict.IsBusy ? Resolution.Busy : Resolution.BadKey);
        }

        double now = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        if (Check(claims, request.Client, now) is { } problem)
        {
            return Reject(request, problem, Resolution.BadKey);
        }

        if (_options.OneTime)
        {
            switch (_used.Use(claims.Id!.Value, claims.Expires!.Value + _leeway, now))
            {
                case UseResult.UsedBefore:
                    return Reject(request, "it was used before", Resolution.BadKey);
                case UseResult.Full:
                    WarnFull();
                    return Reject(request, "no further token can be remembered", Resolution.Busy);
                default:
                    break;
            }
        }

        return claims.Node is null ? new(claims.Backend) : _registry!.ResolveAsync(request with { Key = claims.Node }, cancellation);
    }

    /// <summary>Returns why a client may not use this token now; null = it may.</summary>
    private string? Check(RouteClaims claims, NetworkAddress client, double now) =>
        claims.Expires is null && (_options.OneTime || _options is { Verify: true, RequireExpiry: true }) ? "it has no exp"
        : claims.Expires + _leeway <= now ? "it is expired"
        : claims.NotBefore - _leeway > now ? "it is not good yet"
        : claims.Client is null && _options.RequireClientIp ? "it has no client_ip"
        : claims.Client is { } only && only != WithoutPort(client) ? "its client_ip is another"
        : _options.OneTime && claims.Id is null ? "it has no jti"
        : claims.Node is not null && _registry is null ? "it names a node, and no [jwt] node_registry is set"
        : null;

    private static NetworkAddress WithoutPort(NetworkAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.WriteIPv6(bytes);
        return NetworkAddress.FromBytes(bytes, 0);
    }

    /// <summary>
    /// Reads a token without verifying it. The clients of the original gateway wrote its payload in padded base64, which is accepted too.
    /// </summary>
    private static Verdict ReadLabel(string token)
    {
        if (!TokenParts.TryFindPayload(token, out ReadOnlySpan<char> part))
        {
            return Verdict.Reject("it is not three parts");
        }

        byte[] json = ArrayPool<byte>.Shared.Rent(token.Length);
        try
        {
            int length = CanonicalBase64Url.IsValid(part) ? Base64Url.DecodeFromChars(part, json)
                : !part.ContainsAny(" \t\r\n") && Convert.TryFromBase64Chars(part, json, out int decoded) ? decoded
                : 0;
            RouteClaims? claims = RouteClaims.Read(json.AsSpan(0, length), out string? problem);
            return new Verdict(claims, problem);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(json);
        }
    }

    private ValueTask<Resolution> Reject(RouteRequest request, string problem, Resolution resolution)
    {
        TokenLog.Rejected(_logger, request.Client, problem);
        return new(resolution);
    }

    /// <summary>Logs at most once a minute, because whoever causes it could fill the log.</summary>
    private void WarnFull()
    {
        long now = _time.GetTimestamp();
        long logged = Interlocked.Read(ref _fullLoggedAt);
        if ((logged == long.MinValue || _time.GetElapsedTime(logged, now) > TimeSpan.FromMinutes(1))
            && Interlocked.CompareExchange(ref _fullLoggedAt, now, logged) == logged)
        {
            TokenLog.UsedTokensFull(_logger, _used.Count);
        }
    }
}
