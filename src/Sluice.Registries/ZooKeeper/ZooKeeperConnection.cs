using System.Net;
using System.Net.Sockets;

namespace Sluice.Registries.ZooKeeper;

/// <summary>A connection to one server: the session's handshake, frames, pings, and the timeout of a silent server.</summary>
internal sealed class ZooKeeperConnection : IAsyncDisposable
{
    private static readonly TimeSpan FarewellTimeout = TimeSpan.FromSeconds(1);

    private readonly FrameStream _frames;
    private readonly ZooKeeperSession _session;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly CancellationToken _stop;

    /// <summary>Cancels waiting for the server: if the registry is stopped, or the server was silent for <see cref="_patience"/>.</summary>
    private readonly CancellationTokenSource _silence;

    /// <summary>How long the server may be silent: two thirds of the session timeout, and less before the handshake is complete.</summary>
    private TimeSpan _patience;

    private Task _pinging = Task.CompletedTask;

    private ZooKeeperConnection(Socket socket, ZooKeeperSession session, CancellationToken stop)
    {
        _frames = new FrameStream(socket);
        _session = session;
        _stop = stop;
        _silence = CancellationTokenSource.CreateLinkedTokenSource(stop);
    }

    /// <summary>Whether a frame has arrived already.</summary>
    public bool HasFrame => _frames.HasFrame;

    /// <summary>Connects, and continues the session, or starts one if there is none or it has expired.</summary>
    /// <exception cref="ZooKeeperException">The server cannot be reached, or rejects the session.</exception>
    public static async Task<ZooKeeperConnection> OpenAsync(
        IPEndPoint server, ZooKeeperSession session, ZooKeeperOptions options, CancellationToken stop)
    {
        bool known = session.Id != 0;
        ZooKeeperConnection connection = await ConnectAsync(server, session, options, stop).ConfigureAwait(false);
        if (session.Id == 0 && known)
        {
            // If the session has expired, a server answers with a timeout of 0 and closes the connection.
            await connection.DisposeAsync().ConfigureAwait(false);
            connection = await ConnectAsync(server, session, options, stop).ConfigureAwait(false);
        }

        if (session.Id == 0)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new ZooKeeperException("it grants no session");
        }

        connection.AllowSilenceFor(TwoThirdsOf(session.Timeout));
        connection._pinging = connection.PingAsync();
        return connection;
    }

    /// <summary>Sends whole frames.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> frames)
    {
        try
        {
            await _writing.WaitAsync(_silence.Token).ConfigureAwait(false);
            try
            {
                await _frames.WriteAsync(frames, _silence.Token).ConfigureAwait(false);
            }
            finally
            {
                _writing.Release();
            }
        }
        catch (Exception failure) when (IsLoss(failure))
        {
            throw Means(failure);
        }
    }

    /// <summary>Returns the next frame, valid until the next call.</summary>
    /// <exception cref="ZooKeeperException">The connection is lost, or the server was silent for too long.</exception>
    /// <exception cref="OperationCanceledException">The registry is stopped.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        try
        {
            ReadOnlyMemory<byte>? frame = await _frames.ReadAsync(_silence.Token).ConfigureAwait(false);
            _silence.CancelAfter(_patience);
            return frame ?? throw new ZooKeeperException("it closed the connection") { HungUp = true };
        }
        catch (Exception failure) when (IsLoss(failure))
        {
            throw Means(failure);
        }
    }

    /// <summary>Ends the session, so that the ensemble need not wait for its timeout. Failures no longer matter here.</summary>
    public async Task CloseSessionAsync()
    {
        using var deadline = new CancellationTokenSource(FarewellTimeout);
        var writer = new JuteWriter();
        writer.BeginFrame();
        writer.WriteInt(0);
        writer.WriteInt((int)ZooKeeperRequest.CloseSession);
        writer.EndFrame();
        try
        {
            await _writing.WaitAsync(deadline.Token).ConfigureAwait(false);
            await _frames.WriteAsync(writer.Written, deadline.Token).ConfigureAwait(false);

            // Wait until the server closes the connection. A socket closed with unread answers is reset, and the request is lost with it.
            while (await _frames.ReadAsync(deadline.Token).ConfigureAwait(false) is not null)
            {
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or SocketException or ZooKeeperException)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _silence.CancelAsync().ConfigureAwait(false);
        await _pinging.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _frames.Dispose();
        _silence.Dispose();
        _writing.Dispose();
    }

    private static async Task<ZooKeeperConnection> ConnectAsync(
        IPEndPoint server, ZooKeeperSession session, ZooKeeperOptions options, CancellationToken stop)
    {
        session.Timeout = options.SessionTimeout;
        TimeSpan patience = TwoThirdsOf(session.Timeout) < options.OpeningTimeout ? TwoThirdsOf(session.Timeout) : options.OpeningTimeout;
        Socket socket = await DialAsync(server, patience, stop).ConfigureAwait(false);
        var connection = new ZooKeeperConnection(socket, session, stop);
        try
        {
            connection.AllowSilenceFor(patience);
            await connection.GreetAsync().ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<Socket> DialAsync(IPEndPoint server, TimeSpan patience, CancellationToken stop)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
        deadline.CancelAfter(patience);
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server, deadline.Token).ConfigureAwait(false);
            SelfConnect.ThrowIfItself(socket);
            return socket;
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new ZooKeeperException(failure.Message, failure) { Unreached = true };
        }
        catch (OperationCanceledException failure)
        {
            socket.Dispose();
            stop.ThrowIfCancellationRequested();
            throw new ZooKeeperException($"no connection within {patience.TotalSeconds:0.###} s", failure) { Unreached = true };
        }
    }

    private static TimeSpan TwoThirdsOf(TimeSpan timeout) => timeout * 2 / 3;

    private void AllowSilenceFor(TimeSpan patience)
    {
        _patience = patience;
        _silence.CancelAfter(patience);
    }

    private async Task GreetAsync()
    {
        var writer = new JuteWriter();
        writer.BeginFrame();
        writer.WriteInt(0);
        writer.WriteLong(_session.LastSeen);
        writer.WriteInt((int)_session.Timeout.TotalMilliseconds);
        writer.WriteLong(_session.Id);
        writer.WriteBuffer(_session.Password);

        // A server that has lost its ensemble (read-only mode) is not accepted: it would answer, but never see a change.
        writer.WriteTruth(false);
        writer.EndFrame();
        await WriteAsync(writer.Written).ConfigureAwait(false);
        Welcome((await ReadAsync().ConfigureAwait(false)).Span);
    }

    private void Welcome(ReadOnlySpan<byte> answer)
    {
        var reader = new JuteReader(answer);
        reader.ReadInt();
        int milliseconds = reader.ReadInt();
        long id = reader.ReadLong();
        ReadOnlySpan<byte> password = reader.ReadBuffer();
        _session.Id = milliseconds > 0 ? id : 0;
        _session.Password = milliseconds > 0 && password.Length <= 64 ? password.ToArray() : new byte[16];
        _session.Timeout = TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 1, 86_400_000));
    }

    /// <summary>
    /// Sends pings at a third of the timeout, whatever else is sent. Two may be lost before either side gives up the session.
    /// </summary>
    private async Task PingAsync()
    {
        var writer = new JuteWriter();
        writer.BeginFrame();
        writer.WriteInt(ZooKeeperXid.Ping);
        writer.WriteInt((int)ZooKeeperRequest.Ping);
        writer.EndFrame();
        while (true)
        {
            // Reading reports failures of the connection.
            await Task.Delay(_session.Timeout / 3, _silence.Token).ConfigureAwait(false);
            await WriteAsync(writer.Written).ConfigureAwait(false);
        }
    }

    /// <summary>Returns whether the connection failed, rather than being stopped.</summary>
    private bool IsLoss(Exception failure) =>
        failure is IOException || (failure is OperationCanceledException && !_stop.IsCancellationRequested);

    private ZooKeeperException Means(Exception failure) => failure is IOException
        ? new ZooKeeperException((failure.InnerException ?? failure).Message, failure) { HungUp = true }
        : new ZooKeeperException($"it did not answer within {_patience.TotalSeconds:0.###} s", failure);
}
