namespace Sluice.Interop;

/// <summary>Derives a scenario's seed from its parameters, so that its random numbers are the same in every run.</summary>
internal static class Seed
{
    /// <summary>Returns a seed from 1 to 1,000,000. Uses FNV-1a, because a string's hash code differs between processes.</summary>
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
