namespace Sluice.Bench;

/// <summary>Configuration files and logs of the relays, deleted at the end of the run.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private int _next;

    public string Root { get; } = Directory.CreateTempSubdirectory("sluice-bench-").FullName;

    public string NewFolder() => Directory.CreateDirectory(Path.Combine(Root, $"{++_next}")).FullName;

    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException exception)
        {
            Console.Error.WriteLine($"bench: cannot delete {Root}: {exception.Message}");
        }
    }
}
