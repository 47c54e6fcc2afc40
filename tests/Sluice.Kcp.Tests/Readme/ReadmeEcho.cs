namespace Sluice.Kcp.Tests.Readme;

internal static class ReadmeEcho
{
}
