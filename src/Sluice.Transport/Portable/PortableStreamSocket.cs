using System.Net;
using System.Net.Sockets;
using Sluice.Transport.Sockets;

namespace Sluice.Transport.Portable;

/// <summary>A connected <see cref="Socket"/> in non-blocking mode.</summary>
internal sealed class PortableStreamSocket(Socket socket) : StreamSocket
{
    public override nint Handle => socket.Handle;

    public override NetworkAddress LocalAddress
    {
        get
        {
            try
            {
                return NetworkAddress.From((IPEndPoint)socket.LocalEndPoint!);
            }
            catch (SocketException)
            {
                return default;
            }
        }
    }

    /// <summary>The framework has no name for it: known on Linux alone, by the option's number.</summary>
    public override SendProgress SendProgress
    {
        get
        {
            if (!OperatingSystem.IsLinux())
            {
                return default;
            }

            Span<byte> info = stackalloc byte[SendProgress.TcpInfoBytes];
            try
            {
                return SendProgress.FromTcpInfo(info[..socket.GetRawSocketOption(SendProgress.TcpInfoLevel, SendProgress.TcpInfo, info)]);
            }
            catch (SocketException)
            {
                return default;
            }
        }
    }

    public override bool HasUnread
    {
        get
        {
            Span<byte> first = stackalloc byte[1];
            return socket.Receive(first, SocketFlags.Peek, out _) > 0;
        }
    }

    public override int Receive(Span<byte> buffer)
    {
        int count = socket.Receive(buffer, SocketFlags.None, out SocketError error);
        return error == SocketError.Success ? count : Failure(error);
    }

    public override int Send(ReadOnlySpan<byte> data)
    {
        int count = socket.Send(data, SocketFlags.None, out SocketError error);
        return error == SocketError.Success ? count : Failure(error);
    }

    public override void FinishSending()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The connection is gone: the next receive says so.
        }
    }

    public override SocketError TakeError()
    {
        try
        {
            // The raw form gives the system's number; the framework's gives its own, which is what is wanted.
            return (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode;
        }
    }

    public override void Close(bool abort)
    {
        if (abort)
        {
            try
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (SocketException)
            {
                // Gone already, so there is nothing to reset.
            }
        }

        socket.Dispose();
    }

    private int Failure(SocketError error)
    {
        if (error is SocketError.WouldBlock or SocketError.Interrupted)
        {
            return WouldBlock;
        }

        LastError = error;
        return Failed;
    }
}
