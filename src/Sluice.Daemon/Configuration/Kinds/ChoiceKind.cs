namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>One of a few words, matched exactly. The fault of a misspelt word names the nearest one.</summary>
internal sealed class ChoiceKind<T>(params (string Word, T Value)[] choices) : ValueKind<T>
{
    public override RawKind Form => RawKind.Text;

    public override string Range => Quoted.OneOf([.. choices.Select(choice => choice.Word)]);

    public override string Write(T value) =>
        $"\"{choices.First(choice => EqualityComparer<T>.Default.Equals(choice.Value, value)).Word}\"";

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out T value)
    {
        value = choices[0].Value;
        if (raw.Kind != RawKind.Text)
        {
            WrongForm(raw, fault);
            return false;
        }

        foreach ((string word, T meaning) in choices)
        {
            if (string.Equals(word, raw.Text, StringComparison.Ordinal))
            {
                value = meaning;
                return true;
            }
        }

        string nearest = NearestName.Of(raw.Text, choices.Select(choice => choice.Word));
        fault(raw.Origin, $"{Quoted.Text(raw.Text)} is not known; the nearest is \"{nearest}\". Write {Range}");
        return false;
    }
}
