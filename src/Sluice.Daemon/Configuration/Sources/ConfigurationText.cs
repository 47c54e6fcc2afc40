using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using Sluice.Transport.Files;

namespace Sluice.Daemon.Configuration.Sources;

/// <summary>Reads a configuration file as text, with a limit. If it is not UTF-8, the fault says where.</summary>
internal static class ConfigurationText
{
    /// <summary>Far above any real file; a larger one was named by mistake.</summary>
    public const int MaxBytes = 1024 * 1024;

    private static readonly string TooLarge =
        $"the file is larger than {MaxBytes} bytes; this cannot be a configuration, name another with --config FILE";

    private static ReadOnlySpan<byte> ByteOrderMark => [0xef, 0xbb, 0xbf];

    /// <summary>Reads the file. Adds one fault and returns false if that fails.</summary>
    public static bool TryRead(string path, FaultList faults, [NotNullWhen(true)] out string? text)
    {
        text = null;
        var file = new Origin(Quoted.Long(path));
        BoundedFile read = BoundedFile.Read(path, MaxBytes);
        string? problem = read.Problem switch
        {
            BoundedFileProblem.Missing => "there is no such file; create it, or name another with --config FILE",
            BoundedFileProblem.IsDirectory => "this is a directory; name a file with --config FILE",
            BoundedFileProblem.TooLarge => TooLarge,
            BoundedFileProblem.Unreadable =>
                $"the file cannot be read ({Quoted.Long(read.Reason)}); check its permissions, or name another with --config FILE",
            _ => null,
        };
        if (problem is not null)
        {
            faults.Add(file, problem);
            return false;
        }

        return TryDecode(read.Bytes, file.Source, faults, out text);
    }

    /// <summary>Decodes the bytes of a file. A byte order mark is skipped.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, string source, FaultList faults, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (bytes.Length > MaxBytes)
        {
            faults.Add(new Origin(source), TooLarge);
            return false;
        }

        if (bytes.StartsWith(ByteOrderMark))
        {
            bytes = bytes[ByteOrderMark.Length..];
        }

        if (!Utf8.IsValid(bytes))
        {
            faults.Add(FirstInvalid(bytes, source), "this is not UTF-8; save the file as UTF-8");
            return false;
        }

        text = Encoding.UTF8.GetString(bytes);
        return true;
    }

    private static Origin FirstInvalid(ReadOnlySpan<byte> bytes, string source)
    {
        int line = 1;
        int column = 1;
        while (Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
        {
            bytes = bytes[length..];
            column += rune.Utf16SequenceLength;
            if (rune.Value == '\n')
            {
                line++;
                column = 1;
            }
        }

        return new Origin(source, line, column);
    }
}
