using Grpc.Core;

namespace Sluice.Registries.Etcd;

/// <summary>Describes failures of etcd for the operator.</summary>
internal static class EtcdFailure
{
    public static string Describe(Exception failure) => failure switch
    {
        RpcException { StatusCode: StatusCode.DeadlineExceeded } => $"no answer within {EtcdSession.AnswerTimeout.TotalSeconds:0.#} s",
        RpcException { Status.DebugException: { } cause } => cause.GetBaseException().Message,
        RpcException rpc => $"{rpc.StatusCode}: {rpc.Status.Detail}",
        _ => failure.Message,
    };
}
