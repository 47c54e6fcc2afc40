using BenchmarkDotNet.Running;
using Sluice.Tokens.Bench;

BenchmarkSwitcher.FromAssembly(typeof(Verification).Assembly).Run(args);
