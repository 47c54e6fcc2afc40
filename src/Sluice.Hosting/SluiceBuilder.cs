using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Sluice.Gateway;
using Sluice.Gateway.Routing;

namespace Sluice.Hosting;

/// <summary>Registers the routing strategies of a gateway that <see cref="SluiceServices"/> added.</summary>
public sealed class SluiceBuilder
{
    private string? _selected;

    internal SluiceBuilder(IServiceCollection services) => Services = services;

    /// <summary>The host's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>
    /// Registers a strategy, made once, with its constructor's parameters from the services. The only one is used; of several, <see
    /// cref="UseResolver"/> selects one.
    /// </summary>
    public SluiceBuilder AddResolver<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>()
        where T : class, IBackendResolver
    {
        Services.AddSingleton<IBackendResolver, T>();
        return this;
    }

    /// <summary>Registers a strategy that was made elsewhere.</summary>
    public SluiceBuilder AddResolver(IBackendResolver resolver)
    {
        ArgumentNullException.ThrowIfNull(resolver);
        Services.AddSingleton(resolver);
        return this;
    }

    /// <summary>
    /// Selects a strategy by its <see cref="IBackendResolver.Name"/>, as <c>[common] header_identify</c> does for the program.
    /// </summary>
    public SluiceBuilder UseResolver(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        _selected = name;
        return this;
    }

    /// <summary>Returns the options with the strategy to use: their own if none is registered.</summary>
    internal GatewayOptions Choose(GatewayOptions options, IReadOnlyList<IBackendResolver> registered)
    {
        // Nobody asked for the default of the options, but it can be selected by its name.
        bool isDefault = options.Resolver is HostPortResolver;
        IBackendResolver[] known =
            [.. isDefault && registered.Count > 0 && _selected is null ? registered : registered.Append(options.Resolver)];
        IBackendResolver[] fitting =
            [.. known.Where(resolver => _selected is null || string.Equals(resolver.Name, _selected, StringComparison.Ordinal))];
        string names = string.Join(", ", known.Select(resolver => $"\"{resolver.Name}\""));
        return fitting.Length switch
        {
            1 => options with { Resolver = fitting[0] },
            0 => throw new InvalidOperationException($"No routing strategy has the name \"{_selected}\". There are: {names}. "
                + "Correct UseResolver, or register it with AddResolver."),
            _ => throw new InvalidOperationException($"There are several routing strategies: {names}. "
                + "Select one by a name that no other has, with UseResolver."),
        };
    }
}
