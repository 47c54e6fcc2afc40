using System.Buffers.Binary;

namespace Sluice.Kcp.Tests.Interop;

/// <summary>The protocol of KcpGo/peer.go. Both sides are functions to call once per turn that return true when they are done.</summary>
internal static class EchoProtocol
{
    private const int HeaderSize = 5;

    public static byte[] Pattern(int length)
    {
        var pattern = new byte[length];
        for (int i = 0; i < length; i++)
        {
            pattern[i] = unchecked((byte)((i * 7) + (i >> 8) + ((i >> 16) * 13) + length));
        }

        return pattern;
    }

    /// <summary>Our client: asks one request after the other and compares every byte that comes back.</summary>
    public static Func<KcpSession, bool> Client(InteropCase settings)
    {
        var random = new Random(settings.Seed);
        var script = new Queue<(byte[] Out, byte[] Expected)>();
        for (int i = 0; i < settings.Echoes; i++)
        {
            var message = new byte[random.Next(1, 200)];
            random.NextBytes(message);
            script.Enqueue(([.. Header('E', message.Length), .. message], message));
        }

        byte[] bulk = Pattern(settings.BulkBytes);
        script.Enqueue((Header('D', bulk.Length), bulk));
        script.Enqueue(([.. Header('U', bulk.Length), .. bulk], [.. "good"u8]));

        int sent = 0;
        int received = 0;
        return session =>
        {
            while (script.TryPeek(out (byte[] Out, byte[] Expected) step))
            {
                sent += session.Send(step.Out.AsSpan(sent));
                while (received < step.Expected.Length && session.TryPeek(out ReadOnlyMemory<byte> bytes))
                {
                    int count = Math.Min(bytes.Length, step.Expected.Length - received);
                    if (!bytes.Span[..count].SequenceEqual(step.Expected.AsSpan(received, count)))
                    {
                        throw new InvalidOperationException($"{settings}: wrong bytes in the answer at {received}");
                    }

                    session.Consume(count);
                    received += count;
                }

                if (sent < step.Out.Length || received < step.Expected.Length)
                {
                    return false;
                }

                script.Dequeue();
                sent = 0;
                received = 0;
            }

            return true;
        };
    }

    /// <summary>Our server: answers requests for ever.</summary>
    public static Func<KcpSession, bool> Server()
    {
        var header = new byte[HeaderSize];
        int headerLength = 0;
        int left = 0;
        byte[] answer = [];
        int answered = 0;
        bool good = true;
        return session =>
        {
            while (true)
            {
                answered += session.Send(answer.AsSpan(answered));
                if (answered < answer.Length)
                {
                    return false;
                }

                if (left == 0)
                {
                    headerLength += session.Read(header.AsSpan(headerLength));
                    if (headerLength < HeaderSize)
                    {
                        return false;
                    }

                    headerLength = 0;
                    int length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(1));
                    left = header[0] == 'D' ? 0 : length;
                    answer = header[0] == 'D' ? Pattern(length) : [];
                    answered = 0;
                    good = true;
                    continue;
                }

                var piece = new byte[Math.Min(left, 4096)];
                int count = session.Read(piece);
                if (count == 0)
                {
                    return false;
                }

                int total = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(1));
                if (header[0] == 'E')
                {
                    answer = piece[..count];
                    answered = 0;
                }
                else
                {
                    good &= piece.AsSpan(0, count).SequenceEqual(Pattern(total).AsSpan(total - left, count));
                    answer = left == count ? [.. good ? "good"u8 : "bad!"u8] : [];
                    answered = 0;
                }

                left -= count;
            }
        };
    }

    private static byte[] Header(char operation, int length)
    {
        var header = new byte[HeaderSize];
        header[0] = (byte)operation;
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(1), length);
        return header;
    }
}
