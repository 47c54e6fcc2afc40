using System.Runtime.CompilerServices;

namespace Sluice.Transport.WebSocket;

/// <summary>The head of a frame that is split.</summary>
[InlineArray(FrameHeader.MaxBytes)]
internal struct HeadBytes
{
#pragma warning disable CS0169, IDE0051, S1144 // The one element that the attribute repeats.
    private byte _first;
#pragma warning restore CS0169, IDE0051, S1144
}
