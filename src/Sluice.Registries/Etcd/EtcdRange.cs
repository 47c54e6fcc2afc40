using Google.Protobuf;

namespace Sluice.Registries.Etcd;

/// <summary>Ranges of keys, as etcd names them.</summary>
internal static class EtcdKeys
{
    /// <summary>The first key behind all that begin with a prefix; a single NUL stands for "to the end" where there is none.</summary>
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

    /// <summary>The first key behind this one.</summary>
    public static ByteString Behind(ByteString key) => ByteString.CopyFrom([.. key.Span, 0]);
}
