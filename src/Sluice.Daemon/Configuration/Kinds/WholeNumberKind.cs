using System.Globalization;
using System.Numerics;

namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>A whole number within bounds.</summary>
/// <param name="least">The smallest one.</param>
/// <param name="most">The largest one.</param>
internal sealed class WholeNumberKind<T>(T least, T most) : ValueKind<T>
    where T : IBinaryInteger<T>
{
    /// <summary>The smallest number.</summary>
    public long Least { get; } = long.CreateChecked(least);

    /// <summary>The largest number.</summary>
    public long Most { get; } = long.CreateChecked(most);

    public override RawKind Form => RawKind.WholeNumber;

    public override string Range => FormattableString.Invariant($"a whole number from {Least} to {Most}");

    public override string Write(T value) => value.ToString(null, CultureInfo.InvariantCulture);

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out T value)
    {
        value = T.Zero;
        if (raw.Content is not long number)
        {
            WrongForm(raw, fault);
            return false;
        }

        if (number < Least || number > Most)
        {
            fault(raw.Origin, FormattableString.Invariant($"{number} is out of range; write {Range}"));
            return false;
        }

        value = T.CreateChecked(number);
        return true;
    }
}
