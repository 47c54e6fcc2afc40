using Sluice.Interop;
using Xunit.Sdk;
using Xunit.v3;

// Scenarios mostly wait for retransmissions, so many run at once.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 12)]
[assembly: AssemblyFixture(typeof(GoPeer))]
