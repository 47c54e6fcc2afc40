using System.Net;
using CsCheck;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Tests.Udp;

/// <summary>Which UDP sockets may share a port: whatever is opened and closed, no two have the same path.</summary>
public class UdpPortsTests
{
    private static readonly NetworkAddress Any = NetworkAddress.AnyIPv4;

    [Fact]
    public void A_port_is_shared_with_peers_that_it_does_not_reach_yet()
    {
        var ports = new UdpPorts();
        NetworkAddress first = Peer(1);
        NetworkAddress second = Peer(2);
        Assert.False(ports.TryShare(Any, first, out _));
        var path = new UdpPath(Any.WithPort(4000), first);
        Assert.True(ports.TryAdd(path));
        Assert.False(ports.TryAdd(path));
        Assert.False(ports.TryShare(Any, first, out _));
        Assert.False(ports.TryShare(NetworkAddress.From(IPAddress.Loopback, 0), second, out _));
        Assert.True(ports.TryShare(Any, second, out UdpPath shared));
        Assert.Equal(new UdpPath(Any.WithPort(4000), second), shared);
        ports.Remove(path);
        Assert.True(ports.TryShare(Any, first, out shared));
        Assert.Equal(path, shared);
    }

    [Fact]
    public void A_socket_never_gets_the_port_of_its_peer()
    {
        var ports = new UdpPorts();
        ports.TryAdd(new UdpPath(Any.WithPort(4000), Peer(1)));
        Assert.False(ports.TryShare(Any, NetworkAddress.From(IPAddress.Loopback, 4000), out _));
    }

    [Fact]
    public void Paths_stay_unique_and_none_is_missed() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 5], Gen.Int[0, 3]).Array[0, 200].Sample(steps =>
    {
        var ports = new UdpPorts();
        var model = new HashSet<UdpPath>();
        foreach ((int kind, int port, int peer) in steps)
        {
            NetworkAddress remote = Peer(peer);
            var path = new UdpPath(Any.WithPort((ushort)(4000 + port)), remote);
            if (kind == 0)
            {
                Assert.Equal(model.Add(path), ports.TryAdd(path));
            }
            else if (kind == 1)
            {
                HashSet<NetworkAddress> free = [.. model.Select(one => one.Local).Where(
                    local => !model.Contains(new UdpPath(local, remote)))];
                Assert.Equal(free.Count > 0, ports.TryShare(Any, remote, out UdpPath shared));
                if (free.Count > 0)
                {
                    Assert.Equal(remote, shared.Remote);
                    Assert.Contains(shared.Local, free);
                    model.Add(shared);
                }
            }
            else if (model.Remove(path))
            {
                ports.Remove(path);
            }
        }
    });

    private static NetworkAddress Peer(int number) => NetworkAddress.From(IPAddress.Parse($"10.0.0.{number}"), 7083);
}
