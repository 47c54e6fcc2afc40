using System.Net.NetworkInformation;
using Sluice.Transport;

namespace Sluice.Gateway.Policy;

/// <summary>The networks that this machine has an address in.</summary>
/// <remarks>
/// The list is at most <see cref="MaxAge"/> old. One caller reads it anew, in about half a millisecond for a handful of interfaces; all
/// others use the previous list meanwhile. Safe for use by several threads.
/// </remarks>
/// <param name="time">The clock.</param>
/// <param name="read">Reads the networks; null = those of the system's interfaces.</param>
internal sealed class MachineNetworks(TimeProvider time, Func<IReadOnlyList<AddressRange>>? read = null)
{
    /// <summary>Time after which a change of the interfaces is seen at the latest.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    private readonly Lock _reading = new();
    private readonly Func<IReadOnlyList<AddressRange>> _read = read ?? ReadInterfaces;
    private volatile Snapshot? _last;

    /// <summary>Returns true if the machine has an address in a network that contains this address.</summary>
    public bool Contains(in NetworkAddress address)
    {
        UInt128 number = AddressRange.ToNumber(address);
        foreach (AddressRange network in Current())
        {
            if (network.Contains(number))
            {
                return true;
            }
        }

        return false;
    }

    private AddressRange[] Current()
    {
        Snapshot? last = _last;
        if (last is not null && (time.GetElapsedTime(last.ReadAt) < MaxAge || !_reading.TryEnter()))
        {
            return last.Networks;
        }

        if (last is null)
        {
            _reading.Enter();
        }

        try
        {
            if (ReferenceEquals(_last, last))
            {
                _last = new Snapshot([.. _read()], time.GetTimestamp());
            }

            return _last!.Networks;
        }
        finally
        {
            _reading.Exit();
        }
    }

    private static IReadOnlyList<AddressRange> ReadInterfaces()
    {
        try
        {
            return
            [
                .. NetworkInterface.GetAllNetworkInterfaces()
                    .SelectMany(nic => nic.GetIPProperties().UnicastAddresses)
                    .Select(own => AddressRange.Around(own.Address, own.PrefixLength)),
            ];
        }
        catch (Exception failure) when (failure is NetworkInformationException or IOException or UnauthorizedAccessException)
        {
            // What cannot be read allows nothing.
            return [];
        }
    }

    private sealed record Snapshot(AddressRange[] Networks, long ReadAt);
}
