using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sluice.Daemon.Logging;

namespace Sluice.Daemon.Tests.Logging;

/// <summary>Log events, and the lines that are made of them.</summary>
internal static partial class Events
{
    public static readonly DateTimeOffset Time = new(2026, 11, 22, 17, 54, 0, 123, TimeSpan.FromHours(1));

    /// <summary>The line that a formatter makes of an event.</summary>
    public static string Line(ILineFormatter formatter, Action<ILogger> log)
    {
        var batch = new LineBatch();
        log(new LineLogger(formatter, LogLevel.Trace, new FakeTimeProvider(Time), batch));
        return Encoding.UTF8.GetString(batch.Bytes);
    }

    /// <summary>A batch of text lines.</summary>
    public static LineBatch Batch(params string[] messages)
    {
        var batch = new LineBatch();
        var logger = new LineLogger(new TextLineFormatter(), LogLevel.Trace, new FakeTimeProvider(Time), batch);
        foreach (string message in messages)
        {
            Plain(logger, LogLevel.Information, message);
        }

        return batch;
    }

    /// <summary>Writes lines in one batch.</summary>
    public static void Write(this RotatingFile file, params string[] lines)
    {
        var batch = new LineBatch();
        foreach (string line in lines)
        {
            batch.Add(Encoding.UTF8.GetBytes(line), isWarning: false);
        }

        file.Write(batch);
    }

    public static Exception Thrown(string message)
    {
        try
        {
            throw new InvalidOperationException(message);
        }
        catch (InvalidOperationException exception)
        {
            return exception;
        }
    }

    [LoggerMessage(7, LogLevel.Information, "Session {Id} key=\"{Key}\" ended: {Reason}")]
    public static partial void Ended(ILogger logger, int id, string key, string reason);

    [LoggerMessage(8, LogLevel.Warning, "Careful with {What}")]
    public static partial void Careful(ILogger logger, string what);

    [LoggerMessage(9, LogLevel.Debug, "Detail {Number}")]
    public static partial void Detail(ILogger logger, int number);

    [LoggerMessage("{Message}")]
    public static partial void Plain(ILogger logger, LogLevel level, string message, Exception? exception = null);

    [LoggerMessage(10, LogLevel.Information, "Session {Id} key=\"{Key}\"")]
    public static partial void Keyed(ILogger logger, int id, string key);

    [LoggerMessage(11, LogLevel.Warning, "Session {Id} of {Key}")]
    public static partial void Owned(ILogger logger, int id, string key);

    [LoggerMessage(12, LogLevel.Error, "{Key} end")]
    public static partial void Broken(ILogger logger, string key, Exception? exception);

    [LoggerMessage(13, LogLevel.Debug, "{Whole} {Large} {Number} {NotANumber} {Truth} {Nothing} {Error} {Address}")]
    public static partial void Values(
        ILogger logger, int whole, long large, double number, double notANumber, bool truth, string? nothing, SocketError error,
        IPEndPoint address);
}
