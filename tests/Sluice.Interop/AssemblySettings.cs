using Sluice.Interop;
using Xunit.Sdk;
using Xunit.v3;

// Most of a scenario is waiting for lost datagrams to be sent again, so many run at once.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 12)]
[assembly: AssemblyFixture(typeof(GoPeer))]
