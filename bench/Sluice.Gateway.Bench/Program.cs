using BenchmarkDotNet.Running;
using Sluice.Gateway.Bench;

// "registry etcd|redis [nodes]" measures a real registry. All other arguments go to BenchmarkDotNet.
switch (args)
{
    case ["registry", "hold", string kind, string address, string nodes]:
        await RegistryHold.RunAsync(kind, address, int.Parse(nodes));
        break;
    case ["registry", string kind and ("etcd" or "redis")]:
        await RegistryRun.RunAsync(kind, 100_000);
        break;
    case ["registry", string kind and ("etcd" or "redis"), string nodes]:
        await RegistryRun.RunAsync(kind, int.Parse(nodes));
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(NodeLookup).Assembly).Run(args);
        break;
}
