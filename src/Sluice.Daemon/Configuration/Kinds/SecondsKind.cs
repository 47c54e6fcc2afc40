using System.Globalization;

namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>A time in seconds, whole or with a fraction, to the millisecond.</summary>
internal sealed class SecondsKind(double least, double most, bool zeroAllowed = false) : ValueKind<TimeSpan>
{
    /// <summary>The shortest time, in seconds.</summary>
    public double Least => least;

    /// <summary>The longest time, in seconds.</summary>
    public double Most => most;

    /// <summary>Whether 0 is allowed besides.</summary>
    public bool ZeroAllowed => zeroAllowed;

    public override RawKind Form => RawKind.Number;

    public override string Range =>
        FormattableString.Invariant($"{(zeroAllowed ? "0 or " : "")}seconds from {least} to {most}");

    public override string Write(TimeSpan value) => value.TotalSeconds.ToString(CultureInfo.InvariantCulture);

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out TimeSpan value)
    {
        value = default;
        if (raw.Kind is not (RawKind.WholeNumber or RawKind.Number))
        {
            WrongForm(raw, fault);
            return false;
        }

        // NaN compares as false, so it is out of range too.
        double seconds = Convert.ToDouble(raw.Content, CultureInfo.InvariantCulture);
        bool inside = (seconds >= least && seconds <= most) || (zeroAllowed && seconds == 0);
        if (!inside)
        {
            fault(raw.Origin, FormattableString.Invariant($"{raw.Content} is out of range; write {Range}"));
            return false;
        }

        value = TimeSpan.FromMilliseconds(Math.Round(seconds * 1000));
        return true;
    }
}
