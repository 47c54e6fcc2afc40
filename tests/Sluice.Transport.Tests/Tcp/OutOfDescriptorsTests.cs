using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Tcp;

/// <summary>
/// A listener whose process has no descriptor left, in a process of its own: it waits without spinning, says so once, and serves again.
/// </summary>
public class OutOfDescriptorsTests
{
    private const int Room = 10;

    public static TheoryData<PollerKind> AllPollers => OperatingSystem.IsLinux() ? Pollers.All : [];

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_listener_without_descriptors_pauses_until_some_are_free(PollerKind poller)
    {
        using var child = new Child(poller);
        int port = await child.PortAsync();
        var clients = new List<Socket>();
        for (int i = 0; i < 2 * Room; i++)
        {
            clients.Add(await RawSockets.ConnectAsync(RawSockets.LoopbackOf(port)));
        }

        // The kernel has taken all of them; the program only the first ones.
        await child.UntilAsync(() => child.Count("log 120 Warning") == 1);
        await EchoAsync(clients[0]);
        (long turns, string line) = await child.WatchAsync();
        Assert.True(turns < 100, line);
        Assert.Equal(1, child.Count("log 120"));
        Assert.Equal(0, child.Count("log 121"));
        Assert.Equal(0, clients[^1].Available);

        clients[..Room].ForEach(client => client.Dispose());
        foreach (Socket waited in clients[Room..(Room + (Room / 2))])
        {
            await EchoAsync(waited);
        }

        // What it says comes another way than the echoes, and may come later.
        await child.UntilAsync(() => child.Count("log 121 Information") >= 1);
        clients.ForEach(client => client.Dispose());
        using Socket late = await RawSockets.ConnectAsync(RawSockets.LoopbackOf(port));
        await EchoAsync(late);
        Assert.Equal(0, await child.EndAsync());
        Assert.Equal(0, child.Count("log 122"));
        Assert.Equal("", child.Errors);
    }

    private static async Task EchoAsync(Socket client)
    {
        await client.SendAllAsync("x"u8.ToArray());
        Assert.Equal("x"u8.ToArray(), await client.ReceiveExactlyAsync(1));
    }

    private sealed class Child : Observed, IDisposable
    {
        private readonly List<string> _lines = [];
        private readonly Process _process;

        public Child(PollerKind poller)
        {
            // The host that runs this very test: three folders above the framework.
            string dotnet = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../../dotnet"));
            var start = new ProcessStartInfo(dotnet)
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            // The runtime itself must not want a descriptor in the middle of it: everything is compiled once, and for good.
            start.Environment["DOTNET_TieredCompilation"] = "0";
            start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Sluice.DescriptorChild.dll"));
            start.ArgumentList.Add(poller.ToString());
            start.ArgumentList.Add(Room.ToString(CultureInfo.InvariantCulture));
            _process = Process.Start(start)!;
            _process.OutputDataReceived += (_, told) => Change(() => _lines.Add(told.Data ?? "end of output"));
            _process.ErrorDataReceived += (_, told) => Change(() => Errors += told.Data);
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public string Errors { get; private set; } = "";

        public int Count(string beginning)
        {
            lock (Gate)
            {
                return _lines.Count(line => line.StartsWith(beginning, StringComparison.Ordinal));
            }
        }

        public async Task<int> PortAsync()
        {
            await UntilAsync(() => Count("port ") == 1);
            return int.Parse(Last("port ")["port ".Length..], CultureInfo.InvariantCulture);
        }

        public async Task<(long Turns, string Line)> WatchAsync()
        {
            int before = Count("watched ");
            await _process.StandardInput.WriteLineAsync("watch");
            await UntilAsync(() => Count("watched ") > before);
            string line = Last("watched ");
            return (long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture), line);
        }

        public async Task<int> EndAsync()
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(HungAfter);
            return _process.ExitCode;
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            _process.Dispose();
        }

        public override string ToString() => string.Join('\n', _lines) + Errors;

        private string Last(string beginning)
        {
            lock (Gate)
            {
                return _lines.Last(line => line.StartsWith(beginning, StringComparison.Ordinal));
            }
        }
    }
}
