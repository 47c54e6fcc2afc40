using Sluice.Browser;
using Xunit.Sdk;
using Xunit.v3;

// One browser and one Node process serve all scenarios, one after the other.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Peers))]
