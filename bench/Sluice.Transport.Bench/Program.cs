using BenchmarkDotNet.Running;
using Sluice.Transport.Bench;

BenchmarkSwitcher.FromAssembly(typeof(Unmasking).Assembly).Run(args);
