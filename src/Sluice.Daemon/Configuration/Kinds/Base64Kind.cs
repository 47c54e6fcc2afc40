namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>Bytes, written in base64.</summary>
internal sealed class Base64Kind(int maxBytes) : ValueKind<byte[]>
{
    public override RawKind Form => RawKind.Text;

    public override string Range => FormattableString.Invariant($"base64 of 0 to {maxBytes} bytes");

    public override string Write(byte[] value) => $"\"{Convert.ToBase64String(value)}\"";

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out byte[] value)
    {
        value = [];
        if (raw.Kind != RawKind.Text)
        {
            WrongForm(raw, fault);
            return false;
        }

        try
        {
            value = Convert.FromBase64String(raw.Text);
        }
        catch (FormatException)
        {
            fault(raw.Origin, $"{Quoted.Text(raw.Text)} is not valid base64; write {Range}, for example \"b2s=\" for \"ok\"");
            return false;
        }

        if (value.Length > maxBytes)
        {
            fault(raw.Origin, FormattableString.Invariant($"{value.Length} bytes are too many; write {Range}"));
            return false;
        }

        return true;
    }
}
