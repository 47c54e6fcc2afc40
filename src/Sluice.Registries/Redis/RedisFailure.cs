using StackExchange.Redis;

namespace Sluice.Registries.Redis;

/// <summary>What went wrong with Redis, in the few words that tell an operator what to do.</summary>
internal static class RedisFailure
{
    public static string Describe(Exception failure) => failure switch
    {
        RedisTimeoutException => $"no answer within {RedisSession.AnswerTimeout.TotalSeconds:0.#} s",
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => failure.Message,
        RedisConnectionException { InnerException: { } cause } refused => $"{refused.FailureType}: {cause.GetBaseException().Message}",

        // The client's own sentence is about its settings.
        RedisConnectionException { FailureType: ConnectionFailureType.UnableToConnect } => "nobody answers there, or we are not let in",
        _ => failure.Message,
    };
}
