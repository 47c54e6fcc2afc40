namespace Sluice.Gateway.ProxyProtocol;

/// <summary>Puts the PROXY protocol header of a connection together, of version 1 or 2, however its bytes are split.</summary>
/// <remarks>
/// The specification is https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt, sections 2.1 and 2.2. What is kept follows what
/// arrived, not what was announced, and the first byte that no header can have ends it.
/// </remarks>
internal struct ProxyHeaderParser
{
    /// <summary>
    /// Longest header of version 2 that is read: as much as HAProxy writes or reads by default. The addresses take 36 bytes, and most
    /// proxies add a few hundred; but a client's certificate, or values that Envoy passes on, take more.
    /// </summary>
    public const int MaxBytes = 16 * 1024;

    private const int SmallestBuffer = 128;

    private byte[]? _kept;
    private int _count;

    /// <summary>Takes the next bytes.</summary>
    /// <param name="data">What arrived.</param>
    /// <param name="consumed">How many of them belong to the header; the rest comes after it.</param>
    /// <param name="header">The header, once it is complete.</param>
    public ProxyHeaderStatus Feed(ReadOnlySpan<byte> data, out int consumed, out ProxyHeader header)
    {
        int before = _count;
        ReadOnlySpan<byte> all = data;
        if (before > 0)
        {
            // A header ends within the bound or is none, so no more than that needs to be looked at together.
            Keep(data[..Math.Min(data.Length, MaxBytes - before)]);
            all = _kept.AsSpan(0, _count);
        }

        ProxyHeaderStatus status = Parse(all, out int length, out header);
        consumed = status switch
        {
            ProxyHeaderStatus.Complete => length - before,
            ProxyHeaderStatus.Incomplete => data.Length,
            _ => 0,
        };
        if (status == ProxyHeaderStatus.Incomplete && before == 0)
        {
            Keep(data);
        }

        return status;
    }

    private static ProxyHeaderStatus Parse(ReadOnlySpan<byte> data, out int length, out ProxyHeader header) =>
        data.Length > 0 && data[0] == ProxyHeaderV2.Signature[0]
            ? ProxyHeaderV2.Parse(data, out length, out header)
            : ProxyHeaderV1.Parse(data, out length, out header);

    private void Keep(ReadOnlySpan<byte> data)
    {
        if (_kept is null || _kept.Length < _count + data.Length)
        {
            Array.Resize(ref _kept, Math.Min(MaxBytes, Math.Max(SmallestBuffer, 2 * (_count + data.Length))));
        }

        data.CopyTo(_kept.AsSpan(_count));
        _count += data.Length;
    }
}
