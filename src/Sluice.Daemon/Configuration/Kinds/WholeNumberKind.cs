using System.Globalization;

namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>A whole number within bounds.</summary>
internal sealed class WholeNumberKind(long least, long most) : ValueKind<long>
{
    public override RawKind Form => RawKind.WholeNumber;

    public override string Range => FormattableString.Invariant($"a whole number from {least} to {most}");

    public override string Write(long value) => value.ToString(CultureInfo.InvariantCulture);

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out long value)
    {
        value = raw.Content is long number ? number : 0;
        if (raw.Kind != RawKind.WholeNumber)
        {
            WrongForm(raw, fault);
            return false;
        }

        if (value < least || value > most)
        {
            fault(raw.Origin, FormattableString.Invariant($"{value} is out of range; write {Range}"));
            return false;
        }

        return true;
    }
}
