using Sluice.Browser;
using Xunit.Sdk;
using Xunit.v3;

// One browser and one Node process serve all scenarios, one scenario at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Peers))]
