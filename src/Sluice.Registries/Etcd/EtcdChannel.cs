using Grpc.Net.Client;

namespace Sluice.Registries.Etcd;

/// <summary>Opens the connection to one member.</summary>
internal static class EtcdChannel
{
    /// <summary>The largest answer that is accepted. A page of nodes is much smaller; if it is not, smaller pages are requested.</summary>
    public const int MaxAnswerBytes = 16 * 1024 * 1024;

    public static GrpcChannel Open(Uri endpoint, EtcdOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = EtcdSession.AnswerTimeout,
            ConnectCallback = SelfConnect.ConnectAsync,
            UseProxy = false,
        };
        try
        {
            if (string.Equals(endpoint.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal))
            {
                handler.SslOptions = RegistryTls.Client(endpoint.IdnHost, options.CaFile, options.CertificateFile, options.KeyFile);
            }
        }
        catch
        {
            handler.Dispose();
            throw;
        }

        return GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MaxAnswerBytes,
        });
    }
}
