using System.CommandLine;
using System.Net;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;
using Sluice.Gateway.Routing;
using Sluice.Tokens;
using Sluice.Tokens.Keys;
using Sluice.Tokens.Making;

namespace Sluice.Daemon.Commands;

/// <summary><c>sluice token</c>: prints a signed token for the strategy <c>jwt</c>. Defaults come from <c>[jwt]</c>.</summary>
internal sealed class TokenCommand
{
    private readonly ConfigurationOptions _configuration = new();
    private readonly Option<string?> _host = Text("--host", "HOST", "The backend's address or name");
    private readonly Option<int?> _port = new("--port") { HelpName = "PORT", Description = "The backend's port, 1 to 65535" };
    private readonly Option<string?> _node = Text("--node", "NAME", "Instead of --host and --port: a node in [jwt] node_registry");
    private readonly Option<string?> _protocol = Text("--protocol", "tcp|kcp", "Protocol of the backend; without it, that of the client");
    private readonly Option<string?> _keyFile = Text(
        "--key-file", "FILE", "The secret, or a private key in PEM; without it, [jwt] key_file");
    private readonly Option<string?> _algorithm = Text(
        "--algorithm", "NAME", "HS256, RS256, ES256, ...; without it, the usual one for the key");
    private readonly Option<string?> _keyId = Text("--kid", "ID", "Id of the key, for gateways that have a JWKS");
    private readonly Option<string?> _issuer = Text("--issuer", "TEXT", "Claim iss; without it, [jwt] issuer");
    private readonly Option<string?> _audience = Text("--audience", "TEXT", "Claim aud; without it, [jwt] audience");
    private readonly Option<string?> _clientIp = Text("--client-ip", "ADDRESS", "The only address that may use it");
    private readonly Option<string?> _id = Text("--jti", "ID", "Claim jti: its id");
    private readonly Option<bool> _oneTime = new("--one-time") { Description = "Give it a random jti, for gateways with [jwt] one_time" };

    private readonly Option<TimeSpan?> _lifetime = new("--ttl")
    {
        HelpName = "TIME",
        Description = "Lifetime: 60s, 5m, 1h, 7d; without it, 60s",
        CustomParser = result =>
        {
            if (!Lifetime.TryParse(result.Tokens[0].Value, out TimeSpan lifetime))
            {
                result.AddError(
                    $"--ttl takes a whole number and a unit, for example 60s, 5m, 1h or 7d, up to {Lifetime.Longest.TotalDays:0} days.");
            }

            return lifetime;
        },
    };

    private TokenCommand()
    {
    }

    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var self = new TokenCommand();
        var command = new Command("token", "Print a signed token for the strategy jwt")
        {
            self._host, self._port, self._node, self._protocol, self._keyFile, self._lifetime, self._algorithm, self._keyId,
            self._issuer, self._audience, self._clientIp, self._id, self._oneTime,
        };
        self._configuration.AddTo(command);
        command.SetAction(self.Run);
        return command;
    }

    private static Option<string?> Text(string name, string helpName, string description) =>
        new(name) { HelpName = helpName, Description = description };

    private int Run(ParseResult arguments)
    {
        LoadedConfiguration loaded = _configuration.LoadSection(arguments, JwtSection.Table.Name);
        if (!loaded.IsValid)
        {
            foreach (string line in loaded.Describe())
            {
                Console.Error.WriteLine(line);
            }

            return ExitCode.Failure;
        }

        if (Wrong(arguments) is { } problem)
        {
            return Fail(problem);
        }

        string? keyFile = arguments.GetValue(_keyFile) ?? loaded.Settings.Get(JwtSection.KeyFile);
        if (keyFile.Length == 0)
        {
            return Fail("--key-file or [jwt] key_file is needed; make a secret with: openssl rand -base64 48 > route.key");
        }

        try
        {
            TokenMaker maker = TokenMaker.FromKeyFile(keyFile, Algorithms(arguments, loaded.Settings), arguments.GetValue(_keyId));
            Console.Out.WriteLine(maker.Make(Token(arguments, loaded.Settings), TimeProvider.System.GetUtcNow()));
            return ExitCode.Success;
        }
        catch (TokenKeyException failure)
        {
            return Fail($"{Quoted.Text(failure.File)} {failure.Problem}");
        }
    }

    private string? Wrong(ParseResult arguments)
    {
        string? host = arguments.GetValue(_host);
        string? node = arguments.GetValue(_node);
        string? protocol = arguments.GetValue(_protocol);
        int port = arguments.GetValue(_port) ?? 0;
        if (protocol is not (null or "tcp" or "kcp"))
        {
            return $"--protocol: {Quoted.Text(protocol)} is neither tcp nor kcp";
        }

        if (node is null ? host is null || port == 0 : host is not null || port != 0 || protocol is not null || node.Length == 0)
        {
            return "write --host HOST --port PORT, or --node NAME alone";
        }

        if (node is null && !Backend.TryParse(host, port, default, out _))
        {
            return $"--host {Quoted.Text(host!)} --port {port}: write an address or a name, and a port from 1 to 65535";
        }

        if (arguments.GetValue(_clientIp) is { } ip && AddressOf(ip) is null)
        {
            return $"--client-ip: {Quoted.Text(ip)} is no address";
        }

        return arguments.GetValue(_algorithm) is { } algorithm && !JwtAlgorithms.Names.Contains(algorithm, StringComparer.Ordinal)
            ? $"--algorithm: {Quoted.Text(algorithm)} is not known; write {string.Join(", ", JwtAlgorithms.Names)}"
            : null;
    }

    /// <summary>Reads an address as the gateway does: 010.0.0.1 may not mean 8.0.0.1, and nobody can use a token for a zone.</summary>
    private static IPAddress? AddressOf(string text) =>
        Backend.TryParse(text, port: 1, default, out Backend? backend) && backend.Name is null ? backend.Address.ToIPAddress() : null;

    /// <summary>
    /// Returns the algorithm of the command line, or else those that the configuration accepts; null if neither names one.
    /// </summary>
    private IReadOnlyList<string>? Algorithms(ParseResult arguments, Settings settings) =>
        arguments.GetValue(_algorithm) is { } named ? [named]
        : settings.OriginOf(JwtSection.Algorithms) is null ? null
        : settings.Get(JwtSection.Algorithms);

    private RouteToken Token(ParseResult arguments, Settings settings) => new()
    {
        Host = arguments.GetValue(_host),
        Port = arguments.GetValue(_port) ?? 0,
        Node = arguments.GetValue(_node),
        Protocol = arguments.GetValue(_protocol),
        Lifetime = arguments.GetValue(_lifetime) ?? TimeSpan.FromSeconds(60),
        Issuer = arguments.GetValue(_issuer) ?? settings.Get(JwtSection.Issuer),
        Audience = arguments.GetValue(_audience) ?? settings.Get(JwtSection.Audience),
        ClientIp = arguments.GetValue(_clientIp) is { } ip ? AddressOf(ip)?.ToString() : null,
        Id = arguments.GetValue(_id)
            ?? (arguments.GetValue(_oneTime) || settings.Get(JwtSection.OneTime) ? Guid.NewGuid().ToString("N") : null),
    };

    private static int Fail(string problem)
    {
        Console.Error.WriteLine($"sluice token: {problem}");
        return ExitCode.Failure;
    }
}
