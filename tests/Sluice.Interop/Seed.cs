namespace Sluice.Interop;

/// <summary>What is random in a scenario is the same in every run: its seed comes from its parameters.</summary>
internal static class Seed
{
    /// <summary>A seed from 1 to 1,000,000. FNV-1a, since the hash code of a text differs from process to process.</summary>
    public static int Of(params ReadOnlySpan<object> parameters)
    {
        uint hash = 2166136261;
        foreach (object parameter in parameters)
        {
            foreach (char letter in FormattableString.Invariant($"{parameter};"))
            {
                hash = unchecked((hash ^ letter) * 16777619);
            }
        }

        return (int)(hash % 1_000_000) + 1;
    }
}
