using Google.Protobuf;

namespace Sluice.Registries.Etcd;

/// <summary>The ends of ranges of keys, as etcd's requests name them.</summary>
internal static class EtcdRange
{
    /// <summary>
    /// Returns the first key after all keys with a prefix. If there is none, that is a single NUL, which etcd takes for the end of all
    /// keys.
    /// </summary>
    public static ByteString EndOf(ByteString prefix)
    {
        byte[] end = prefix.ToByteArray();
        for (int last = end.Length - 1; last >= 0; last--)
        {
            if (end[last] < 0xff)
            {
                end[last]++;
                return ByteString.CopyFrom(end, 0, last + 1);
            }
        }

        return ByteString.CopyFrom(0);
    }

    /// <summary>Returns the first key after this one.</summary>
    public static ByteString After(ByteString key) => ByteString.CopyFrom([.. key.Span, 0]);
}
