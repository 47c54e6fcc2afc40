using System.Globalization;
using System.Text;

namespace Sluice.Transport.Tls;

/// <summary>Detects whether files have changed, by their sizes and times, without reading them.</summary>
internal static class FileStamps
{
    /// <summary>Equal as long as no file was written, replaced, removed or put there. Links are followed.</summary>
    public static string Of(IEnumerable<string> files)
    {
        var stamps = new StringBuilder();
        foreach (string file in files)
        {
            var info = new FileInfo(file);
            try
            {
                // Of a link, the target's: that is what a container platform changes.
                FileSystemInfo target = info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
                info = new FileInfo(target.FullName);
                long length = info.Exists ? info.Length : -1;
                stamps.Append(CultureInfo.InvariantCulture, $"{target.FullName}:{length}:{info.LastWriteTimeUtc.Ticks};");
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                stamps.Append("?;");
            }
        }

        return stamps.ToString();
    }
}
