using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sluice.Testing.Loops;
using Sluice.Transport.Tls;

namespace Sluice.Transport.Tests.Tls;

/// <summary>When changed files are read, and what is said of those that cannot be used.</summary>
public sealed class TlsWatchTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly CertificateFolder _folder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly ListLogger _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_change_is_read_once_it_is_over()
    {
        var server = new TlsServer(_folder.Options);
        using var watch = new TlsWatch(server, _time, _log);
        _time.Advance(Second * 10);
        Assert.Empty(_log.Lines);
        Assert.Equal(["first.test"], server.Certificates[0].Names);

        _folder.Renew("second.test");
        _time.Advance(Second);
        Assert.Equal(["first.test"], server.Certificates[0].Names);
        _folder.Renew("a-third.test");
        _time.Advance(Second);
        Assert.Equal(["first.test"], server.Certificates[0].Names);
        _time.Advance(Second);
        Assert.Equal(["a-third.test"], server.Certificates[0].Names);
        LogLine line = Assert.Single(_log.Lines);
        Assert.Contains(_folder.Files.CertificateFile, line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_does_not_fit_is_reported_once_with_its_file_and_the_old_one_stays()
    {
        var server = new TlsServer(_folder.Options);
        using var watch = new TlsWatch(server, _time, _log);
        File.AppendAllText(_folder.Files.KeyFile, "-----BEGIN ENCRYPTED PRIVATE KEY-----");
        _time.Advance(Second * 10);
        LogLine line = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Error, line.Level);
        Assert.StartsWith(_folder.Files.KeyFile, line.Text, StringComparison.Ordinal);
        Assert.Equal(["first.test"], server.Certificates[0].Names);

        _folder.Renew("second.test");
        _time.Advance(Second * 2);
        Assert.Equal(["second.test"], server.Certificates[0].Names);
    }

    /// <summary>
    /// As when the disk was full, or the copy was broken off: the certificate is there, and what links it to a root is not.
    /// </summary>
    [Theory, InlineData(0.2), InlineData(0.5), InlineData(0.99)]
    public void A_chain_that_is_cut_off_does_not_fit(double part)
    {
        var server = new TlsServer(_folder.Options);
        using var watch = new TlsWatch(server, _time, _log);
        string issuer = File.ReadAllText(_folder.Files.CertificateFile);
        _folder.Renew("second.test");
        string own = File.ReadAllText(_folder.Files.CertificateFile);
        File.WriteAllText(_folder.Files.CertificateFile, $"{own}\n{issuer[..(int)(part * issuer.Length)]}");
        _time.Advance(Second * 10);
        Assert.StartsWith(_folder.Files.CertificateFile, Assert.Single(_log.Lines).Text, StringComparison.Ordinal);
        Assert.Equal(["first.test"], server.Certificates[0].Names);

        File.WriteAllText(_folder.Files.CertificateFile, $"{own}\n{issuer}");
        _time.Advance(Second * 10);
        Assert.Equal(["second.test"], server.Certificates[0].Names);
    }

    [Fact]
    public void An_expired_certificate_is_a_warning_at_the_start_and_when_it_is_read_again()
    {
        _folder.Renew("old.test", days: -1);
        using var watch = new TlsWatch(new TlsServer(_folder.Options), _time, _log);
        Assert.Contains("expired", Assert.Single(_log.Lines, line => line.Level == LogLevel.Warning).Text, StringComparison.Ordinal);
        _folder.Renew("older.test", days: -2);
        _time.Advance(Second * 2);
        Assert.Equal(2, _log.Lines.Count(line => line.Level == LogLevel.Warning));
    }

    [Fact]
    public void A_server_does_not_begin_with_files_that_cannot_be_used()
    {
        File.Delete(_folder.Files.KeyFile);
        TlsFileException failure = Assert.Throws<TlsFileException>(() => new TlsServer(_folder.Options));
        Assert.Equal(_folder.Files.KeyFile, failure.File);
        Assert.Equal("there is no such file; create it, or name another", failure.Problem);
    }
}
