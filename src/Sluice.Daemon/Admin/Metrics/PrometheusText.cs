using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Sluice.Daemon.Admin.Metrics;

/// <summary>The observable instruments of a meter in the text format of Prometheus, version 0.0.4.</summary>
/// <remarks>
/// It listens only during a request, so that instruments cost nothing meanwhile. docs/decisions/0014-admin-endpoint.md explains why this is
/// not a library.
/// </remarks>
internal static class PrometheusText
{
    private const string CounterSuffix = "_total";

    /// <summary>Reads every instrument of the meters with this name.</summary>
    public static ReadOnlyMemory<byte> Of(string meterName)
    {
        // The same labels twice would be invalid, and two rules of the policy may be equal.
        var found = new SortedDictionary<string, (Instrument Instrument, SortedDictionary<string, double> Values)>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (string.Equals(instrument.Meter.Name, meterName, StringComparison.Ordinal) && instrument.IsObservable)
            {
                found.TryAdd(instrument.Name, (instrument, new(StringComparer.Ordinal)));
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();

        var text = new StringBuilder();
        foreach ((Instrument instrument, SortedDictionary<string, double> values) in found.Values)
        {
            Write(text, instrument, values);
        }

        return Encoding.UTF8.GetBytes(text.ToString());

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            SortedDictionary<string, double> values = found[instrument.Name].Values;
            string labels = Labels([.. instrument.Meter.Tags ?? [], .. tags]);
            values[labels] = values.GetValueOrDefault(labels) + value;
        }
    }

    private static void Write(StringBuilder text, Instrument instrument, SortedDictionary<string, double> values)
    {
        bool isCounter = instrument.GetType().GetGenericTypeDefinition() == typeof(ObservableCounter<>);
        string name = isCounter && !instrument.Name.EndsWith(CounterSuffix, StringComparison.Ordinal)
            ? instrument.Name + CounterSuffix
            : instrument.Name;
        text.Append("# HELP ").Append(name).Append(' ').Append(Escape(instrument.Description ?? "", quotes: false)).Append('\n')
            .Append("# TYPE ").Append(name).Append(isCounter ? " counter\n" : " gauge\n");
        foreach ((string labels, double value) in values)
        {
            text.Append(name).Append(labels).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
        }
    }

    /// <summary><c>{strategy="etcd"}</c>, or nothing.</summary>
    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach ((string name, object? value) in tags)
        {
            string written = value is bool truth ? (truth ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            text.Append(text.Length == 0 ? '{' : ',').Append(name).Append("=\"").Append(Escape(written, quotes: true)).Append('"');
        }

        return text.Length == 0 ? "" : text.Append('}').ToString();
    }

    private static string Escape(string text, bool quotes)
    {
        string escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }
}
