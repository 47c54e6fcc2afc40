using Sluice.Transport;
using Sluice.Transport.Linux;
using Sluice.Transport.Loop;
using Sluice.Transport.Tcp;

namespace Sluice.Gateway.Relaying;

/// <summary>Chooses how two connections of one loop are relayed, and keeps that loop's pipes.</summary>
internal sealed class RelayFactory(EventLoop loop) : IDisposable
{
    /// <summary>A <see cref="SplicePipePool"/>, which exists on Linux only; null until a relay needs it.</summary>
    private object? _pipes;

    /// <summary>Creates a relay.</summary>
    /// <param name="client">The client's connection.</param>
    /// <param name="backend">The backend's connection.</param>
    /// <param name="idleTimeout">Ends it without traffic; zero = never.</param>
    /// <param name="zeroCopy">Whether to relay without copying, if both are plain TCP and the system can.</param>
    public Relay Create(Connection client, Connection backend, TimeSpan idleTimeout, bool zeroCopy) =>
        zeroCopy && OperatingSystem.IsLinux() && client is TcpConnection tcpClient && backend is TcpConnection tcpBackend
            ? new SpliceRelay(tcpClient, tcpBackend, idleTimeout, (SplicePipePool)(_pipes ??= CreatePipes()))
            : new CopyRelay(client, backend, idleTimeout);

    public void Dispose()
    {
        if (OperatingSystem.IsLinux())
        {
            (_pipes as SplicePipePool)?.Dispose();
        }
    }

    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    private SplicePipePool CreatePipes()
    {
        var pipes = new SplicePipePool(SplicePipePool.DefaultCapacityBytes);
        loop.OnTrim(pipes.Trim);
        return pipes;
    }
}
