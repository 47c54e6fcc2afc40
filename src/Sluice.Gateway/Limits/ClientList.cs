using Sluice.Transport;

namespace Sluice.Gateway.Limits;

/// <summary>Decides which client addresses are served.</summary>
internal sealed class ClientList(ClientOptions options)
{
    private readonly AddressSet? _allow = options.Allow is { } allow ? new AddressSet(allow) : null;
    private readonly AddressSet _deny = new(options.Deny);

    public bool Serves(in NetworkAddress client) => !_deny.Contains(client) && _allow?.Contains(client) != false;
}
