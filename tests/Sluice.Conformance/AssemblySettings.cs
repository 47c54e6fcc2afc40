using Xunit.Sdk;
using Xunit.v3;

// Descriptors and memory are counted for the whole process, so scenarios run one at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
