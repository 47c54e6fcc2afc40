using System.Net;
using DnsClient;
using DnsClient.Protocol;

namespace Sluice.Registries.Dns;

/// <summary>Asks name servers about a node.</summary>
internal sealed class DnsLookup
{
    /// <summary>
    /// The most targets of SRV records that are looked up. Further ones are ignored, because no client would wait for so many.
    /// </summary>
    private const int MaxTargets = 16;

    private readonly DnsOptions _options;
    private readonly LookupClient _client;

    public DnsLookup(DnsOptions options)
    {
        _options = options;
        LookupClientOptions settings = options.Servers.Count > 0
            ? new LookupClientOptions([.. options.Servers.Select(server => new NameServer(server))])
            : new LookupClientOptions();
        settings.UseCache = false;
        settings.Timeout = options.Timeout;
        settings.Retries = 1;
        settings.UseRandomNameServer = false;
        settings.ContinueOnEmptyResponse = false;
        _client = new LookupClient(settings);
    }

    /// <summary>Returns why no server answers; null = one does.</summary>
    public async Task<string?> ProblemAsync(CancellationToken cancellation) =>
        (await AskAsync(_options.Suffix, QueryType.SOA, cancellation).ConfigureAwait(false)).Problem;

    /// <summary>Asks for the addresses of a node.</summary>
    /// <param name="name">Its name, with the suffix.</param>
    /// <param name="cancellation">Cancels the lookup.</param>
    public Task<DnsFinding> FindAsync(string name, CancellationToken cancellation) => _options.Port > 0
        ? Task.FromResult(
            new DnsFinding(Ask(name, new NodeAddress(new IPEndPoint(IPAddress.Any, _options.Port), 0, 1), cancellation), TimeSpan.MaxValue))
        : ServicesAsync(_options.Service.Length > 0 ? $"{_options.Service}.{name}" : name, cancellation);

    private async Task<DnsFinding> ServicesAsync(string name, CancellationToken cancellation)
    {
        (IDnsQueryResponse? response, string? problem) = await AskAsync(name, QueryType.SRV, cancellation).ConfigureAwait(false);
        if (response is null)
        {
            return new DnsFinding(DnsAnswer.Failed(problem!));
        }

        // A target of "." means that there is no such service (RFC 2782).
        SrvRecord[] services =
        [
            .. response.Answers.SrvRecords()
                .Where(service => service.Port > 0 && service.Target.Value.Length > 1)
                .OrderBy(service => service.Priority)
                .Take(MaxTargets),
        ];
        return services.Length == 0
            ? new DnsFinding(DnsAnswer.NotFound)
            : new DnsFinding(
                services.SelectMany(service => Ask(
                    service.Target.Value,
                    new NodeAddress(new IPEndPoint(IPAddress.Any, service.Port), service.Priority, service.Weight),
                    cancellation)),
                LeastOf(response));
    }

    private IEnumerable<DnsFinding.Question> Ask(string name, NodeAddress address, CancellationToken cancellation) =>
        new[] { QueryType.A, QueryType.AAAA }.Select(
            type => new DnsFinding.Question(name, type, address, AskAsync(name, type, address, cancellation)));

    private async Task<DnsPart> AskAsync(string name, QueryType type, NodeAddress address, CancellationToken cancellation)
    {
        IDnsQueryResponse? response;
        string? problem;
        try
        {
            (response, problem) = await AskAsync(name, type, cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (cancellation.IsCancellationRequested && failure is not OutOfMemoryException)
        {
            (response, problem) = (null, "stopped");
        }

        if (response is null)
        {
            return new DnsPart(name, type, DnsOutcome.Failed, [], TimeSpan.Zero) { Problem = problem! };
        }

        NodeAddress[] addresses =
        [
            .. response.Answers.OfType<AddressRecord>().Select(
                record => address with { EndPoint = new IPEndPoint(record.Address, address.EndPoint.Port) }),
        ];
        return addresses.Length > 0
            ? new DnsPart(name, type, DnsOutcome.Found, addresses, LeastOf(response))
            : new DnsPart(name, type, DnsOutcome.NotFound, [], TimeSpan.Zero);
    }

    private static TimeSpan LeastOf(IDnsQueryResponse response) =>
        TimeSpan.FromSeconds(response.Answers.Min(record => record.InitialTimeToLive));

    /// <summary>Returns the response of a server that knows the name, or what is wrong.</summary>
    private async Task<(IDnsQueryResponse? Response, string? Problem)> AskAsync(string name, QueryType type, CancellationToken cancellation)
    {
        try
        {
            IDnsQueryResponse response = await _client.QueryAsync(name, type, QueryClass.IN, cancellation).ConfigureAwait(false);
            return response.Header.ResponseCode is DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain
                ? (response, null)
                : (null, $"{response.NameServer} answers {response.Header.ResponseCode}");
        }
        catch (DnsResponseException failure)
        {
            return (
                null,
                failure.Code == DnsResponseCode.ConnectionTimeout
                    ? $"no name server answers within {_options.Timeout.TotalSeconds:0.###} s"
                    : failure.DnsError);
        }
#pragma warning disable CA1031 // A malformed response can make the client throw anything. The question is then unanswered.
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return (null, failure.Message);
        }
    }
}
