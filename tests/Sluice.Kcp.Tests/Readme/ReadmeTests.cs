using System.Net;
using System.Net.Sockets;
using Sluice.Kcp.Tests.Interop;
using Xunit;

namespace Sluice.Kcp.Tests.Readme;

public class ReadmeTests
{
    [Fact]
    public void The_code_of_the_readme_is_the_code_that_is_compiled_here()
    {
        string readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));
        string source = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "ReadmeEcho.cs"));
        string[] blocks = [.. readme.Split("```csharp\n").Skip(1).Select(b => b[..b.IndexOf("```", StringComparison.Ordinal)])];
        string[] parts = [.. source.Split("// begin\n").Skip(1).Select(p => p[..p.IndexOf("// end", StringComparison.Ordinal)])];
        Assert.Equal(Normalize(string.Join('\n', parts)), Normalize(string.Join('\n', blocks)));
    }

    [Fact]
    public async Task The_echo_echoes()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var stop = new CancellationTokenSource();
        Task server = Task.Factory.StartNew(() => ReadmeEcho.Serve(socket, stop.Token), TaskCreationOptions.LongRunning);
        using var client = new UdpPump(new InteropCase(10, 3, Turbo: true, LossPercent: 5, Mtu: 1400), seed: 4);
        client.Dial(((IPEndPoint)socket.LocalEndPoint!).Port, conv: 99);
        byte[] message = EchoProtocol.Pattern(30_000);
        int sent = 0;
        int received = 0;
        client.Run(
            session =>
            {
                sent += session.Send(message.AsSpan(sent));
                while (session.TryPeek(out ReadOnlyMemory<byte> bytes))
                {
                    Assert.True(bytes.Span.SequenceEqual(message.AsSpan(received, bytes.Length)));
                    received += bytes.Length;
                    session.Consume(bytes.Length);
                }

                return received == message.Length;
            },
            TimeSpan.FromMinutes(2));
        await stop.CancelAsync();
        await server;
    }

    // Indentation and empty lines may differ.
    private static string[] Normalize(string code) => [.. code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
}
