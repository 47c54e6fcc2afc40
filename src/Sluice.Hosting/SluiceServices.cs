using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Gateway;
using Sluice.Gateway.Routing;

namespace Sluice.Hosting;

/// <summary>Adds the gateway to a host.</summary>
public static class SluiceServices
{
    /// <summary>Category of everything that the gateway logs.</summary>
    public const string LogCategory = "Sluice";

    /// <summary>Adds a gateway that starts and stops with the host.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="options">From the defaults to the options; the gateway listens for what they name, and by default for nothing.</param>
    /// <returns>To register strategies.</returns>
    /// <exception cref="InvalidOperationException">There is a gateway already.</exception>
    /// <example><code>
    /// builder.Services.AddSluice(options => options with { Tcp = new TcpGateOptions { Port = 7082 } }).AddResolver&lt;MyResolver&gt;();
    /// </code></example>
    public static SluiceBuilder AddSluice(this IServiceCollection services, Func<GatewayOptions, GatewayOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return services.AddSluice((defaults, _) => options(defaults));
    }

    /// <summary>Adds a gateway whose options depend on other services, such as the host's configuration.</summary>
    /// <inheritdoc cref="AddSluice(IServiceCollection, Func{GatewayOptions, GatewayOptions})"/>
    public static SluiceBuilder AddSluice(this IServiceCollection services, Func<GatewayOptions, IServiceProvider, GatewayOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        if (services.Any(service => service.ServiceType == typeof(GatewayService)))
        {
            throw new InvalidOperationException(
                "AddSluice was called before; a host runs one gateway, with as many listeners as its options name.");
        }

        var builder = new SluiceBuilder(services);
        services.AddSingleton(provider => new GatewayService(
            () => builder.Choose(options(new GatewayOptions(), provider), [.. provider.GetServices<IBackendResolver>()]),
            provider.GetService<ILoggerFactory>()?.CreateLogger(LogCategory) ?? NullLogger.Instance));
        services.AddSingleton<ISluiceListeners>(provider => provider.GetRequiredService<GatewayService>());
        services.AddHostedService(provider => provider.GetRequiredService<GatewayService>());
        return builder;
    }
}
