using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Sluice.Testing.Loops;

namespace Sluice.Transport.Tests.Kit;

/// <summary>Waits for what a send alone does not tell.</summary>
internal static class TcpDelivery
{
    /// <summary>
    /// Completes when the other end's system has all that was sent, a FIN too. On loopback that is nearly always so at once, but not where
    /// the
    /// kernel's own threads have to wait for a processor. Only Linux says.
    /// </summary>
    public static async Task DeliveredAsync(this Socket socket)
    {
        const int Unacknowledged = 24;
        var hung = Stopwatch.StartNew();
        byte[] info = new byte[SendProgress.TcpInfoBytes];
        while (OperatingSystem.IsLinux())
        {
            int length = socket.GetRawSocketOption(SendProgress.TcpInfoLevel, SendProgress.TcpInfo, info);
            if (MemoryMarshal.Read<int>(info.AsSpan(Unacknowledged)) == 0 && SendProgress.FromTcpInfo(info.AsSpan(0, length)).Unsent == 0)
            {
                return;
            }

            Assert.True(hung.Elapsed < Observed.HungAfter, "what was sent did not arrive");
            await Task.Yield();
        }
    }
}
