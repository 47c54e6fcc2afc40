using BenchmarkDotNet.Running;
using Sluice.Kcp.Bench;

BenchmarkSwitcher.FromAssembly(typeof(ReedSolomonEncode).Assembly).Run(args);
