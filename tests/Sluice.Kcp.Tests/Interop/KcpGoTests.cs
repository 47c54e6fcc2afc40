using System.Diagnostics;
using Xunit;

namespace Sluice.Kcp.Tests.Interop;

/// <summary>Against kcp-go itself over loopback: we as server and as client, echo and bulk both ways, every byte compared.</summary>
public class KcpGoTests(GoPeer peer)
{
    /// <summary>Against hangs alone, as the program's own.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    public static IEnumerable<InteropCase> Matrix() =>
        from shape in new (int Data, int Parity)[] { (0, 0), (10, 3), (2, 2), (30, 15) }
        from turbo in new[] { false, true }
        from loss in new[] { 0, 5, 15 }
        from mtu in new[] { 576, 1400 }
        select new InteropCase(shape.Data, shape.Parity, turbo, loss, mtu);

    private int _casesWeRestored;
    private int _casesTheyRestored;

    [Fact]
    public async Task We_are_the_server()
    {
        peer.Require();
        await RunAll(Matrix(), AsServer);
        CheckRestoring();
    }

    [Fact]
    public async Task We_are_the_client()
    {
        peer.Require();
        await RunAll(Matrix(), AsClient);
        CheckRestoring();
    }

    // kcp-go that gets parity of another shape than its own delivers wrong bytes; ours must never be such.
    [Fact]
    public async Task Bulk_towards_kcp_go_clients_of_many_shapes_stays_whole()
    {
        peer.Require();
        (int, int)[] shapes = [(10, 3), (5, 1), (1, 1), (1, 4), (3, 2), (20, 10), (7, 5), (70, 30), (0, 0)];
        await RunAll(
            shapes.SelectMany(
                s => new[] { 0, 3 }.Select(loss => new InteropCase(s.Item1, s.Item2, true, loss, 1400) { BulkBytes = 1_000_000 })),
            AsServer);
    }

    [Fact]
    public async Task With_encryption_in_both_roles()
    {
        peer.Require();
        IEnumerable<InteropCase> cases = Kcp.Crypto.KcpPacketCrypto.Methods.SelectMany(
            method => new[] { new InteropCase(0, 0, true, 0, 1400, method), new InteropCase(10, 3, true, 5, 1400, method) });
        await RunAll(cases, AsServer);
        await RunAll(cases, AsClient);
    }

    private void AsServer(InteropCase settings)
    {
        using var pump = new UdpPump(settings, (ulong)settings.Seed);
        using Process client = peer.StartClient(
            settings, pump.Port, $"echo {settings.Echoes}", $"down {settings.BulkBytes}", $"up {settings.BulkBytes}");
        try
        {
            Func<KcpSession, bool> server = EchoProtocol.Server();
            pump.Run(session => server(session) | client.HasExited, Limit);
            string output = client.StandardOutput.ReadToEnd();
            Assert.True(output.Split('\n').Count(line => line.StartsWith("done ", StringComparison.Ordinal)) == 3, $"{settings}: {output}");
            Check(settings, pump, output);

            // A short run can end before a large shape is certain, and under loss before any. A wrong one must never be accepted.
            (int, int) learnt = pump.Session!.PeerFec;
            bool mayEndBefore = !settings.Turbo || settings.Data > 30 || settings.LossPercent > 0;
            Assert.True(learnt == (settings.Data, settings.Parity) || (learnt == (0, 0) && mayEndBefore), $"{settings}: learnt {learnt}");
        }
        finally
        {
            Stop(client);
        }
    }

    private void AsClient(InteropCase settings)
    {
        using Process server = peer.Start("server", settings, 0);
        try
        {
            int port = int.Parse(server.StandardOutput.ReadLine()!.Split(' ')[1]);
            using var pump = new UdpPump(settings, (ulong)settings.Seed);
            pump.Dial(port, 0x11223344);
            pump.Run(EchoProtocol.Client(settings), Limit);
            server.StandardInput.Close();
            Check(settings, pump, server.StandardOutput.ReadToEnd());
        }
        finally
        {
            Stop(server);
        }
    }

    private void Check(InteropCase settings, UdpPump pump, string report)
    {
        Assert.True(report.Contains("errors=0 ", StringComparison.Ordinal), $"{settings}: {report}");
        Assert.Equal(0, pump.Context.Counters.FecErrors);
        Assert.Equal(0, pump.Context.Counters.DatagramsRejected);
        Interlocked.Add(ref _casesWeRestored, pump.Context.Counters.FecRecovered > 0 ? 1 : 0);
        Interlocked.Add(ref _casesTheyRestored, report.Contains("recovered=0 ", StringComparison.Ordinal) ? 0 : 1);
    }

    // A single short run may lose nothing that can be restored; of the thirty with loss and FEC some do.
    private void CheckRestoring()
    {
        Assert.True(_casesWeRestored > 0, "we restored nothing");
        Assert.True(_casesTheyRestored > 0, "kcp-go restored nothing");
    }

    private static void Stop(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    // Most of a case is waiting for time-outs, so many run side by side on few processors.
    private static Task RunAll(IEnumerable<InteropCase> cases, Action<InteropCase> run)
    {
        var gate = new SemaphoreSlim(12);
        return Task.WhenAll(cases.Select(one => Task.Factory.StartNew(
            () =>
            {
                gate.Wait();
                try
                {
                    run(one);
                }
                finally
                {
                    gate.Release();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
    }
}
