namespace Sluice.Gateway.Tests.Kit;

/// <summary>Tests that count what the whole process holds run alone.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public class Alone;
