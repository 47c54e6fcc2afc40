using System.Net;
using StackExchange.Redis;

namespace Sluice.Registries.Redis;

/// <summary>Opens the connection to the server.</summary>
internal static class RedisConnection
{
    public static async Task<ConnectionMultiplexer> OpenAsync(RedisOptions options, CancellationToken cancellation)
    {
        Task<ConnectionMultiplexer> opening = ConnectionMultiplexer.ConnectAsync(Settings(options));
        try
        {
            return await opening.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // It cannot be cancelled, so its result is discarded.
            _ = opening.ContinueWith(
                late => late.Result.Dispose(),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>Returns a server as <c>host:port</c>.</summary>
    public static string Address(EndPoint server) => server is DnsEndPoint name ? $"{name.Host}:{name.Port}" : server.ToString()!;

    private static ConfigurationOptions Settings(RedisOptions options)
    {
        int timeout = (int)RedisSession.AnswerTimeout.TotalMilliseconds;
        var settings = new ConfigurationOptions
        {
            EndPoints = { options.Server },
            AbortOnConnectFail = true,
            ConnectRetry = 1,
            ConnectTimeout = timeout,
            AsyncTimeout = timeout,
            SyncTimeout = timeout,
            KeepAlive = 1,
            BacklogPolicy = BacklogPolicy.FailFast,

            // The client treats CONFIG as administration.
            AllowAdmin = true,
            User = options.Username,
            Password = options.ReadPassword?.Invoke() ?? options.Password,
            ClientName = "sluice",
            SetClientLibrary = false,

            // Neither is needed for a single server, and each needs permissions.
            ConfigurationChannel = "",
            TieBreaker = "",
            IncludeDetailInExceptions = false,
            IncludePerformanceCountersInExceptions = false,
            Ssl = options.Tls,
        };
        if (options.Tls)
        {
            settings.SslClientAuthenticationOptions = host => RegistryTls.Client(host, options.CaFile);
        }

        return settings;
    }
}
