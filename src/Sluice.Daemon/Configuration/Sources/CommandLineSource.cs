namespace Sluice.Daemon.Configuration.Sources;

/// <summary>Settings of the command line: <c>--set section.key=value</c>.</summary>
internal static class CommandLineSource
{
    /// <summary>Returns the settings in their order. Adds a fault for each argument that sets nothing.</summary>
    public static IEnumerable<RawSetting> Settings(IEnumerable<string> assignments, SettingTable table, FaultList faults)
    {
        foreach (string assignment in assignments)
        {
            int equals = assignment.IndexOf('=', StringComparison.Ordinal);
            string path = (equals < 0 ? assignment : assignment[..equals]).Trim();
            int dot = path.LastIndexOf('.');
            var origin = new Origin($"--set {Quoted.Plain(path)}");
            if (equals < 0 || dot <= 0 || dot == path.Length - 1)
            {
                faults.Add(origin, "this sets nothing; write --set section.key=value, for example --set tcpgate.port=7082");
                continue;
            }

            string section = path[..dot];
            string name = path[(dot + 1)..];
            RawKind form = table.Find(section, name)?.Form ?? RawKind.Text;
            yield return new RawSetting(section, name, origin, OverrideText.Read(assignment[(equals + 1)..], form, origin));
        }
    }
}
