using System.Text;
using CsCheck;
using Sluice.Transport.WebSocket;

namespace Sluice.Transport.Tests.WebSocket;

/// <summary>A request in pieces is judged as in one.</summary>
public sealed class UpgradeReaderTests
{
    private const string Good = "GET /p?q=1 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nX: 1\r\ncookie: 1\r\nCookie: 2\r\n\r\n";

    [Fact]
    public void A_good_request_is_taken_apart()
    {
        var reader = default(UpgradeReader);
        Assert.Equal(UpgradeStatus.SwitchingProtocols, reader.Feed(
            [.. Encoding.Latin1.GetBytes(Good), 1, 2, 3], out UpgradeRequest? request, out int consumed));
        Assert.Equal(Good.Length, consumed);
        Assert.Equal(("/p", "q=1", "2", null), (request!.Path, request.Query, request.Last("COOKIE"), request.Last("X")));
        string answer = Encoding.Latin1.GetString(UpgradeAnswer.Accept(request));
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", answer, StringComparison.Ordinal);
    }

    /// <summary>
    /// Bytes of a good request are changed, dropped or doubled: pieces and whole agree on the outcome, and nothing throws.
    /// </summary>
    [Fact]
    public void Mangled_requests_are_judged_the_same_however_they_are_split() =>
        Gen.Select(Gen.Int[0, Good.Length - 1], Gen.Int[0, 3], Gen.Byte, Gen.Int[1, 50]).Sample(
            (place, way, value, piece) =>
            {
                var bytes = Encoding.Latin1.GetBytes(Good).ToList();
                switch (way)
                {
                    case 0:
                        bytes[place] = value;
                        break;
                    case 1:
                        bytes.RemoveAt(place);
                        break;
                    case 2:
                        bytes.Insert(place, value);
                        break;
                    default:
                        bytes.InsertRange(place, [.. bytes.Skip(place).Take(value)]);
                        break;
                }

                (UpgradeStatus Status, int End) whole = Feed([.. bytes], bytes.Count);
                (UpgradeStatus Status, int End) pieces = Feed([.. bytes], piece);
                return whole == pieces;
            },
            iter: 50_000);

    private static (UpgradeStatus Status, int End) Feed(byte[] bytes, int piece)
    {
        var reader = default(UpgradeReader);
        int at = 0;
        foreach (byte[] part in bytes.Chunk(piece))
        {
            UpgradeStatus status = reader.Feed(part, out UpgradeRequest? request, out int consumed);
            if (status != UpgradeStatus.Incomplete)
            {
                Assert.Equal(status == UpgradeStatus.SwitchingProtocols, request is not null);
                return (status, status == UpgradeStatus.SwitchingProtocols ? at + consumed : 0);
            }

            at += part.Length;
        }

        return (UpgradeStatus.Incomplete, 0);
    }
}
