using Xunit.Sdk;
using Xunit.v3;

// Descriptors and memory are counted for the whole process, so one scenario runs at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
