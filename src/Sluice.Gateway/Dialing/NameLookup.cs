using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Logging;

namespace Sluice.Gateway.Dialing;

/// <summary>
/// Looks names up off the loops and off the threads of the process, within a time, only so many at once, and only so many in line.
/// </summary>
internal sealed class NameLookup(DialerOptions options, ILogger logger)
{
    /// <summary>
    /// The system's resolver answers once it knows both address families, and so not for seconds if a name server never answers for one of
    /// them. After this time each family is asked for by itself, and the first with addresses counts (the Resolution Delay of RFC 8305,
    /// section 3).
    /// </summary>
    public static readonly TimeSpan ResolutionDelay = TimeSpan.FromMilliseconds(50);

    private static readonly AddressFamily[] Families = [AddressFamily.InterNetworkV6, AddressFamily.InterNetwork];

    /// <summary>The system's resolver. Its asynchronous form would block a thread of the pool that everything shares.</summary>
    public static readonly Func<string, CancellationToken, Task<IPAddress[]>> AskSystem =
        static (name, _) => Task.FromResult(Dns.GetHostAddresses(name));

    private readonly NameThreads _threads = new();
    private readonly Dictionary<(string Name, AddressFamily Family), NameQuestion> _open = [];

    /// <summary>
    /// Returns the addresses of a name; none if it has none, or they were not found in time; null if too many names are being asked for.
    /// </summary>
    public ValueTask<IPAddress[]?> LookUpAsync(string name, TimeSpan timeout, CancellationToken cancellation) =>
        options.LookUpName == AskSystem ? AskSystemAsync(name, timeout, cancellation) : AskAsync(name, timeout, cancellation);

    private async ValueTask<IPAddress[]?> AskAsync(string name, TimeSpan timeout, CancellationToken cancellation)
    {
        var question = new NameQuestion(name, options.LookUpName);
        if (!_threads.TryEnqueue(question))
        {
            return TooMany(name);
        }

        try
        {
            return await question.Answer.WaitAsync(timeout, options.TimeProvider, cancellation);
        }
        catch (Exception failure) when (IsExpected(failure))
        {
            _threads.Withdraw(question);
            question.GiveUp();
            return Failed(name, failure);
        }
    }

    private async ValueTask<IPAddress[]?> AskSystemAsync(string name, TimeSpan timeout, CancellationToken cancellation)
    {
        if (Join(name, AddressFamily.Unspecified, onlyIfIdle: false) is not { } whole)
        {
            return TooMany(name);
        }

        var joined = new List<NameQuestion> { whole };
        try
        {
            TimeSpan delay = timeout < ResolutionDelay ? timeout : ResolutionDelay;
            await ((Task)whole.Answer).WaitAsync(delay, options.TimeProvider, cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (!whole.Answer.IsCompleted && !cancellation.IsCancellationRequested)
            {
                joined.AddRange(Families.Select(family => Join(name, family, onlyIfIdle: true)).OfType<NameQuestion>());
            }

            return await FirstFoundAsync(joined).WaitAsync(timeout - delay, options.TimeProvider, cancellation);
        }
        catch (Exception failure) when (IsExpected(failure))
        {
            return Failed(name, failure);
        }
        finally
        {
            joined.ForEach(Leave);
        }
    }

    /// <summary>
    /// Returns the first answer with addresses; else what the first question came to, which is all that the system knows.
    /// </summary>
    private static async Task<IPAddress[]> FirstFoundAsync(List<NameQuestion> asked)
    {
        var open = asked.ConvertAll(question => question.Answer);
        while (!asked[0].Answer.IsCompleted)
        {
            Task<IPAddress[]> first = await Task.WhenAny(open).ConfigureAwait(false);
            if (first.IsCompletedSuccessfully && first.Result.Length > 0)
            {
                return first.Result;
            }

            open.Remove(first);
        }

        return await asked[0].Answer.ConfigureAwait(false);
    }

    /// <summary>Asks the system, or waits with those who have asked it the same. Null if too many are in line.</summary>
    private NameQuestion? Join(string name, AddressFamily family, bool onlyIfIdle)
    {
        (string, AddressFamily) key = (name, family);
        NameQuestion? question;
        lock (_open)
        {
            if (_open.TryGetValue(key, out question))
            {
                question.Waiting++;
                return question;
            }

            question = new NameQuestion(name, (asked, _) => Task.FromResult(options.SystemNames(asked, family)))
            {
                Waiting = 1,
                Family = family,
            };
            if (!_threads.TryEnqueue(question, onlyIfIdle))
            {
                return null;
            }

            _open.Add(key, question);
        }

        _ = question.Answer.ContinueWith(
            answer =>
            {
                // A failure that nobody waits for any more is one all the same.
                _ = answer.Exception;
                lock (_open)
                {
                    _open.Remove(key);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return question;
    }

    /// <summary>Waits no more. A question that the system is at cannot be taken back; later clients still join it.</summary>
    private void Leave(NameQuestion question)
    {
        lock (_open)
        {
            if (--question.Waiting == 0 && _threads.Withdraw(question))
            {
                _open.Remove((question.Name, question.Family));
            }
        }
    }

    private static bool IsExpected(Exception failure) =>
        failure is SocketException or TimeoutException or OperationCanceledException or ArgumentException;

    private IPAddress[] Failed(string name, Exception failure)
    {
        DialLog.LookUpFailed(logger, LogText.Escape(name), LogText.Escape(failure.Message));
        return [];
    }

    private IPAddress[]? TooMany(string name)
    {
        DialLog.LookUpFailed(logger, LogText.Escape(name), "too many names are being looked up");
        return null;
    }
}
