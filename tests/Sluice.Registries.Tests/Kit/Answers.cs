using Sluice.Testing.Loops;

namespace Sluice.Registries.Tests.Kit;

/// <summary>The gateway's answers to a client that names a node.</summary>
internal static class Answers
{
    /// <summary>Asks again and again, as clients do, until the answer is the expected one.</summary>
    public static async Task UntilAsync(Func<Task<string>> ask, string key, string expected)
    {
        using var patience = new CancellationTokenSource(Observed.HungAfter);
        string answer;
        while ((answer = await ask()) != expected)
        {
            Assert.False(patience.IsCancellationRequested, $"{key} is still answered with {answer}, not with {expected}");
            await Task.Delay(10);
        }
    }
}
