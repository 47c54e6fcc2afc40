using System.Net;
using System.Text;
using Sluice.Demo;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Commands;

/// <summary>
/// The whole process stands still, as in a paused container or a virtual machine whose snapshot is taken, and then goes on.
/// </summary>
public sealed class SuspensionTests : IDisposable
{
    private const int IdleSeconds = 2;
    private const int HandshakeSeconds = 4;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Clients_that_spoke_while_the_program_was_stopped_are_served_when_it_continues()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a process is stopped and continued by signals");
        await using var backend = new EchoBackend(_ => { });
        (RunningProgram program, IPEndPoint tcp, _) = await RunningProgram.ServeAsync(
            _folder.Path, $"tcpgate.idle_timeout={IdleSeconds}", $"common.connect_timeout={HandshakeSeconds}", "common.loops=1");
        await using (program)
        {
            using FramedClient relayed = await FramedClient.ConnectAsync(tcp);
            Assert.Equal("ok", await relayed.GreetAsync(backend.EndPoint));
            using FramedClient greeting = await FramedClient.ConnectAsync(tcp);
            (byte[] first, byte[] rest) = Halves(backend.EndPoint.ToString());
            await greeting.Stream.WriteAsync(first);

            // Until the program stands still, the session must not be idle.
            Task stopping = program.SignalAsync("STOP");
            int sent = 0;
            do
            {
                await relayed.Stream.WriteAsync("."u8.ToArray());
                sent++;
                await Task.Delay(20);
            }
            while (!stopping.IsCompleted);
            await stopping;

            // Real time, since it is the clock of another process that has to go on: longer than both limits.
            await relayed.Stream.WriteAsync("hello"u8.ToArray());
            await greeting.Stream.WriteAsync(rest);
            await Task.Delay(TimeSpan.FromSeconds(HandshakeSeconds + 1));
            await program.SignalAsync("CONT");

            byte[] echo = new byte[sent + "hello".Length];
            await relayed.Stream.ReadExactlyAsync(echo);
            Assert.Equal(new string('.', sent) + "hello", Encoding.UTF8.GetString(echo));
            Assert.Equal("ok", await greeting.ReadFrameAsync());
        }
    }

    /// <summary>The frame that names a backend, cut in the middle of its key.</summary>
    private static (byte[] First, byte[] Second) Halves(string key)
    {
        byte[] frame = [.. BitConverter.GetBytes(key.Length), .. Encoding.ASCII.GetBytes(key)];
        return (frame[..8], frame[8..]);
    }
}
