using StackExchange.Redis;

namespace Sluice.Registries.Redis;

/// <summary>Describes failures of Redis for the operator.</summary>
internal static class RedisFailure
{
    public static string Describe(Exception failure) => failure switch
    {
        RedisTimeoutException => $"no answer within {RedisSession.AnswerTimeout.TotalSeconds:0.#} s",
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => failure.Message,
        RedisConnectionException { InnerException: { } cause } connection =>
            $"{connection.FailureType}: {cause.GetBaseException().Message}",

        // The client's own message is about its settings.
        RedisConnectionException { FailureType: ConnectionFailureType.UnableToConnect } => "no answer, or the login was rejected",
        _ => failure.Message,
    };
}
