using Sluice.Kcp.Fec;
using Sluice.Kcp.Simulation;
using Xunit;

namespace Sluice.Kcp.Tests.Fec;

public class KernelTests
{
    [Fact]
    public void Multiplication_is_that_of_the_field()
    {
        // By hand, bit by bit, for every pair.
        for (int a = 0; a < 256; a++)
        {
            for (int b = 0; b < 256; b++)
            {
                int product = 0;
                int shifted = a;
                for (int bit = 0; bit < 8; bit++)
                {
                    product ^= (b >> bit & 1) == 1 ? shifted : 0;
                    shifted <<= 1;
                    shifted ^= shifted > 255 ? 0x11d : 0;
                }

                Assert.Equal(product, GaloisField.Multiply(a, b));
            }
        }
    }

    [Fact]
    public void Every_twin_gives_the_same_bytes()
    {
        var random = new SimulationRandom(5);
        for (int round = 0; round < 3000; round++)
        {
            byte factor = (byte)(round < 512 ? round : random.Next(256));
            var source = new byte[random.Next(1536)];
            random.Fill(source);
            var start = new byte[source.Length + random.Next(20)];
            random.Fill(start);
            byte[] expected = [.. start];
            for (int i = 0; i < source.Length; i++)
            {
                expected[i] ^= GaloisField.Multiply(factor, source[i]);
            }

            byte[] portable = [.. start];
            PortableKernel.MultiplyAdd(factor, source, portable);
            Assert.Equal(expected, portable);
#if !NETSTANDARD_BUILD
            if (Avx2Kernel.IsSupported)
            {
                byte[] avx2 = [.. start];
                Avx2Kernel.MultiplyAdd(factor, source, avx2);
                Assert.Equal(expected, avx2);
            }

            if (GfniKernel.IsSupported)
            {
                byte[] gfni = [.. start];
                GfniKernel.MultiplyAdd(factor, source, gfni);
                Assert.Equal(expected, gfni);
            }
#endif
        }
    }
}
