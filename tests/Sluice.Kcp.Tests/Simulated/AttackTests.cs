using System.Globalization;
using Sluice.Kcp.Simulation;
using Xunit;

namespace Sluice.Kcp.Tests.Simulated;

/// <summary>
/// Searches for the peer that costs most. SLUICE_KCP_ATTACKS says how many are tried (an hour is about a million); SLUICE_KCP_ATTACK
/// repeats the one plan that a run has named.
/// </summary>
public class AttackTests(ITestOutputHelper output)
{
    private static int Attacks => int.TryParse(Environment.GetEnvironmentVariable("SLUICE_KCP_ATTACKS"), out int attacks) ? attacks : 600;

    [Theory]
    [InlineData("transmissions for each segment")]
    [InlineData("bytes of answers for each byte received")]
    [InlineData("segments examined for each byte received or sent")]
    public void No_peer_makes_a_session_work_or_send_beyond_its_bounds(string measure)
    {
        if (Environment.GetEnvironmentVariable("SLUICE_KCP_ATTACK") is { Length: > 0 } text)
        {
            output.WriteLine($"{Try(AttackPlan.Parse(text), measure):F1} {measure}");
            return;
        }

        var random = new SimulationRandom(1);
        AttackPlan worst = AttackPlan.Random(random);
        double most = Try(worst, measure);
        for (int i = 1; i < Attacks / 3; i++)
        {
            AttackPlan plan = random.Happens(0.3) ? AttackPlan.Random(random) : worst.Mutate(random);
            double cost = Try(plan, measure);
            if (cost >= most)
            {
                (worst, most) = (plan, cost);
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"worst of {Attacks / 3}: {most:F1} {measure}, plan {worst}"));
    }

    private static double Try(AttackPlan plan, string measure)
    {
        using var attack = new Attack(plan);
        attack.Run();
        return measure[0] switch
        {
            't' => attack.Transmissions,
            'b' => (double)attack.AnswerBytes / attack.BytesIn,
            _ => (double)attack.Examined / (attack.BytesIn + attack.BytesOut),
        };
    }
}
