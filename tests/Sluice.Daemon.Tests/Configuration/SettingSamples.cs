using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>
/// For every setting: values that are accepted, with what they read as, and values that are not, with a part of the fault.
/// </summary>
/// <remarks>The kind of a setting says most of it. A setting whose text has a form of its own needs an entry here.</remarks>
internal static class SettingSamples
{
    private static readonly (string, string)[] WrongPrefixes =
        [("\"\"", "found the text"), ("\"a\\nb\"", "found the text"), ("1", "found the number 1")];

    /// <summary>Settings that take other values than their kind does, because of another setting.</summary>
    private static readonly Dictionary<string, Samples> Special = new(StringComparer.Ordinal)
    {
        // Without it, no listener is enabled.
        ["tcpgate.enabled"] = new([("true", true)], KindSamples.WrongTruths),
        ["kcpgate.data_shards"] = new([("0", 0L), ("100", 100L)], [("255", "out of range"), ("-1", "out of range")]),
        ["kcpgate.parity_shards"] = new([("0", 0L), ("100", 100L)], [("255", "out of range"), ("1.5", "found the number 1.5")]),
        ["kcpgate.key_file"] = new([("\"\"", "")], [("\"route.key\"", "nothing is encrypted with it"), .. KindSamples.WrongPaths]),
        ["common.ca_file"] = new([("\"\"", "")], [("\"ca.pem\"", "no backend is dialled with TLS"), .. KindSamples.WrongPaths]),
        ["admin.bind"] = new(
            [("\"127.0.0.1\"", "127.0.0.1"), ("\"127.9.9.9\"", "127.9.9.9"), ("\"::1\"", "::1")],
            [("\"localhost\"", "is no address"), ("9180", "found the number 9180"),
             ("\"0.0.0.0\"", "write a token"), ("\"10.0.0.1\"", "write a token"), ("\"::\"", "write a token"), ("\"\"", "write a token")]),
    };

    /// <summary>Settings that have a form of their own.</summary>
    private static readonly Dictionary<string, Samples> Own = new(StringComparer.Ordinal)
    {
        ["log.level"] = new(
            [("\"debug\"", "Debug"), ("\"information\"", "Information"), ("\"warning\"", "Warning"), ("\"error\"", "Error")],
            [("\"info\"", "the nearest is \"information\""), ("\"Debug\"", "the nearest is \"debug\""), ("3", "found the number 3")]),
        ["log.format"] = new(
            [("\"text\"", false), ("\"json\"", true)], [
                ("\"jsn\"", "the nearest is \"json\""), ("\"\"", "is not known"), ("true", "found true"),
            ]),
        ["kcpgate.crypt"] = new(
            [("\"off\"", null), ("\"null\"", null), ("\"none\"", "none")],
            [("\"aes\"", "needs a secret"), (
                "\"aes128\"", "the nearest is \"aes-128\""), ("\"AES\"", "the nearest is \"aes\""), ("\"\"", "is not known"),
             (
                 "\"salsa20\"",
                 "Write \"off\", \"aes\", \"aes-128\", \"aes-192\", \"3des\", \"xor\", \"none\" or \"null\""), ("true", "found true")]),
        ["wsgate.to_backend"] = new(
            [
                ("\"length_prefixed\"", "LengthPrefixed"), ("\"raw\"", "Raw"),
            ], [("\"row\"", "the nearest is \"raw\""), ("true", "found true")]),
        ["wsgate.to_client"] = new(
            [
                ("\"length_prefixed\"", "LengthPrefixed"), ("\"raw\"", "Raw"),
            ], [("\"prefixed\"", "is not known"), ("0", "found the number 0")]),
        ["wsgate.to_client_frames"] = new(
            [("\"binary\"", false), ("\"text\"", true)], [("\"texts\"", "the nearest is \"text\""), ("true", "found true")]),
        ["wsgate.path"] = new(
            [("\"/ws\"", "/ws"), ("\"\"", "")], [
                ("\"ws\"", "begins with /"), ("\"/a b\"", "begins with /"), ("\"/a?b\"", "begins with /"), ("1", "found the number 1"),
            ]),
        ["wsgate.origins"] = new(
            [("[]", ""), ("[\"https://a.example\", \"http://localhost:8080\", \"null\"]", "https://a.example,http://localhost:8080,null"),
                ("[\"https://*.a.example:443\", \"file://\", \"http://[::1]:80\"]", "https://*.a.example:443,file://,http://[::1]:80")],
            [
                ("[\"a.example\"]", "found the text"), ("[\"https://a.example/\"]", "found the text"),
                ("\"https://a.example\"", "found the text"), ("[1]", "found the number 1"),
            ]),
        ["wsgate.subprotocols"] = new(
            [("[]", ""), ("[\"game.v1\", \"chat\"]", "game.v1,chat")], [
                ("[\"a b\"]", "found the text"), ("[\"\"]", "found the text"), ("\"chat\"", "found the text"),
            ]),
        ["common.header_identify"] = new(
            [("\"ipHost\"", "ipHost"), ("\"origin\"", "origin"), ("\"etcd\"", "etcd"), ("\"redis\"", "redis")],
            [
                ("\"iphost\"", "the nearest is \"ipHost\". Write \"ipHost\", \"origin\""), ("\"static\"", "\"static\" needs a node"),
                ("\"orgin\"", "the nearest is \"origin\""), ("1", "found the number 1"),
            ]),
        ["common.success_resp_message"] = new(
            [("\"b2s=\"", "6F-6B"), ("\"\"", "")], [
                ("\"b2s\"", "\"b2s\" is not valid base64"), ("\"ok!\"", "is not valid base64"), ("1", "found the number 1"),
            ]),
        ["common.poller"] = new(
            [("\"auto\"", "Default"), ("\"poll\"", "Poll")], [
                ("\"select\"", "Write \"auto\", \"epoll\" or \"poll\""), ("0", "found the number 0"),
            ]),
        ["common.proxy_protocol"] = new(
            [("\"off\"", null), ("\"v1\"", "V1"), ("\"v2\"", "V2")], [
                ("\"v3\"", "is not known"), ("2", "found the number 2"), ("true", "found true"),
            ]),
        ["common.source_addresses"] = new(
            [("[]", ""), ("[\"10.0.0.5\", \"2001:db8::5\"]", "10.0.0.5,2001:db8::5"), ("[\"127.0.0.2\"]", "127.0.0.2")],
            [("\"10.0.0.5\"", "found the text"), (
                "[\"10.0.0.0/24\"]", "no address"), ("[7]", "no address"), ("[\"0.0.0.0\"]", "can come from"),
             ("[\"::\"]", "can come from"), ("[\"fe80::1\"]", "link-local"), ("[\"224.0.0.1\"]", "can come from")]),
        ["admin.token"] = new(
            [("\"0123456789abcdef\"", "0123456789abcdef"), ("\"\"", "")],
            [("\"0123456789abcde\"", "found another text; write a text of 16 to 256"), ("\"0123456789 abcdef\"", "found another text"),
             ("\"0123456789abcd\u00e9f\"", "found another text"), ($"\"{new string('a', 257)}\"", "found another text"),
             ("1234567890123456", "found no text"), ("[\"0123456789abcdef\"]", "found no text")]),
        ["policy.nat64_prefixes"] = new(
            [("[]", ""), ("[\"2001:db8:64::/96\", \"fd64::/48\"]", "2001:db8:64::/96,fd64::/48")],
            [
                ("\"2001:db8::/96\"", "found the text"), ("[\"2001:db8::/33\"]", "with 32, 40, 48, 56, 64 or 96 bits"),
                ("[\"10.0.0.0/8\"]", "found the text"), ("[5]", "found the number 5"),
            ]),
        ["plugins.paths"] = new(
            [("[]", ""), ("[\"plugins/A.dll\", \"/opt/b/B.dll\"]", "plugins/A.dll,/opt/b/B.dll")],
            [
                ("\"a.dll\"", "write a list of paths"), ("[1]", "found the number 1"), ("[\"\"]", "found the text \"\""),
                ("[\"a\\u0000b\"]", "found the text"),
            ]),
        ["jwt.algorithms"] = new(
            [("[\"HS256\"]", "HS256"), ("[\"RS256\", \"PS512\", \"ES384\"]", "RS256,PS512,ES384")],
            [(
                "[\"none\"]",
                "found the text \"none\"; write a list of"), ("[\"hs256\"]", "found the text \"hs256\""), (
                    "[\"HS256\", \"A128KW\"]", "found the text \"A128KW\""),
             ("\"HS256\"", "found the text"), ("[1]", "found the number 1"), ("[\"HS256\", \"HS256\", \"\"]", "found the text \"\"")]),
        ["jwt.issuer"] = new(
            [("\"https://login.game.example\"", "https://login.game.example"), ("\"\"", "")], [("1", "found the number 1")]),
        ["jwt.audience"] = new([("\"sluice\"", "sluice"), ("\"\"", "")], [("[\"a\"]", "found a list")]),
        ["jwt.node_registry"] = new([("\"etcd\"", "etcd"), ("\"\"", "")], [("true", "found true")]),
        ["etcd.endpoints"] = new(
            [
                ("[\"http://127.0.0.1:2379\"]", "http://127.0.0.1:2379"),
                ("[\"https://a.example:2379\", \"https://[::1]:2379\"]", "https://a.example:2379,https://[::1]:2379"),
            ],
            [(
                "\"http://127.0.0.1:2379\"",
                "found the text"), ("[\"127.0.0.1:2379\"]", "found the text"), ("[\"http://127.0.0.1\"]", "found the text"),
             (
                 "[\"http://user:word@127.0.0.1:2379\"]",
                 "found the text"), ("[\"http://127.0.0.1:2379/v3\"]", "found the text"), (
                     "[\"http://tcp://127.0.0.1:2379\"]", "found the text"),
             ("[1]", "found the number 1")]),
        ["etcd.prefix"] = new([("\"/n/\"", "/n/")], WrongPrefixes),
        ["etcd.username"] = new(
            [("\"sluice\"", "sluice"), ("\"\"", "")], [("\"a\\u0000b\"", "found the text"), ("1", "found the number 1")]),
        ["redis.connect"] = new(
            [
                ("\"127.0.0.1:6379\"", "127.0.0.1:6379"), ("\"redis.internal:6380\"", "redis.internal:6380"),
                ("\"[::1]:6379\"", "[::1]:6379"),
            ],
            [("\"127.0.0.1\"", "found the text"), (
                "\"127.0.0.1:6379,password=x\"",
                "found the text"), ("\"a:1,b:2\"", "found the text"), ("\"tcp://127.0.0.1:6379\"", "found the text"),
             ("6379", "found the number 6379")]),
        ["redis.prefix"] = new([("\"n:\"", "n:")], WrongPrefixes),
        ["redis.username"] = new([("\"sluice\"", "sluice"), ("\"\"", "")], [("\"a\\nb\"", "found the text"), ("1", "found the number 1")]),
        ["zookeeper.connect"] = new(
            [("\"10.0.0.5\"", "10.0.0.5"), ("\"a:2181,[2001:db8::1]:2182/games\"", "a:2181,[2001:db8::1]:2182/games")],
            [("\"\"", "found the text"), ("\"a:0\"", "found the text"), (
                "\"a:2181/\\u0001\"", "found the text"), ("\"a,,b\"", "found the text"),
             ("\"a:2181/games/\"", "found the text"), ("[\"a:2181\"]", "found a list")]),
        ["zookeeper.path"] = new(
            [("\"/\"", "/"), ("\"/games/nodes\"", "/games/nodes")],
            [
                ("\"games\"", "begins with /"), ("\"/games/\"", "begins with /"), ("\"/games//a\"", "begins with /"),
                ("\"/../a\"", "begins with /"), ("1", "found the number 1"),
            ]),
        ["dns.suffix"] = new(
            [("\"nodes.game.internal\"", "nodes.game.internal"), ("\"\"", "")],
            [
                ("\"nodes.game.internal.\"", "found the text"), ("\"10.0.0.5\"", "found the text"), ("\"a b\"", "found the text"),
                ("\".internal\"", "found the text"),
            ]),
        ["dns.service"] = new(
            [("\"\"", ""), ("\"_game._udp\"", "_game._udp")], [("\"_game.\"", "found the text"), ("\"a b\"", "found the text")]),
        ["dns.servers"] = new(
            [("[]", ""), ("[\"10.0.0.2:53\", \"[2001:db8::1]:53\"]", "10.0.0.2:53,[2001:db8::1]:53")],
            [
                ("[\"10.0.0.2\"]", "found the text"), ("[\"ns:53\"]", "found the text"), ("[\"tcp://10.0.0.2:53\"]", "found the text"),
                ("\"10.0.0.2:53\"", "found the text"),
            ]),
        ["kubernetes.api_server"] = new(
            [("\"\"", ""), ("\"https://10.0.0.5:6443\"", "https://10.0.0.5:6443"), ("\"http://127.0.0.1:8001\"", "http://127.0.0.1:8001")],
            [
                ("\"10.0.0.5:6443\"", "found the text"), ("\"https://10.0.0.5\"", "found the text"),
                ("\"https://a:6443/api\"", "found the text"), ("6443", "found the number 6443"),
            ]),
        ["kubernetes.namespace"] = new(
            [("\"\"", ""), ("\"games-1\"", "games-1")],
            [
                ("\"Games\"", "found the text"), ("\"a/b\"", "found the text"), ("\"-a\"", "found the text"), ("\"a b\"", "found the text"),
                ("1", "found the number 1"),
            ]),
        ["kubernetes.label_selector"] = new(
            [
                ("\"\"", ""), ("\"app=match,tier in (a, b)\"", "app=match,tier in (a, b)"),
            ], [("\"a\\nb\"", "found the text"), ("[\"app=match\"]", "found a list")]),
        ["kubernetes.port_name"] = new(
            [("\"\"", ""), ("\"game-tcp\"", "game-tcp")],
            [
                ("\"Game\"", "found the text"), ("\"7083\"", "found the text"), ("\"abcdefghijklmnop\"", "found the text"),
                ("7083", "found the number 7083"),
            ]),
        ["kubernetes.protocol"] = new(
            [
                ("\"client\"", "AsClient"), ("\"tcp\"", "Tcp"), ("\"kcp\"", "Kcp"),
            ], [("\"udp\"", "is not known"), ("1", "found the number 1")]),
        ["kubernetes.name_label"] = new(
            [("\"\"", ""), ("\"game.example/match_Id\"", "game.example/match_Id"), ("\"match\"", "match")],
            [
                ("\"a/b/c\"", "found the text"), ("\"/a\"", "found the text"), ("\"a b\"", "found the text"),
                ("\"Game/a\"", "found the text"), ("1", "found the number 1"),
            ]),
        ["static.nodes.name"] = new(
            [("\"10.0.0.5:7083\"", "name = 10.0.0.5:7083"), ("[\"a:1\", \"[2001:db8::1]:2\"]", "name = a:1 [2001:db8::1]:2")],
            [(
                "\"10.0.0.5\"",
                "\"10.0.0.5\" is no address; write host:port"), ("[]", "1 to 16 addresses"), ("7083", "found the number 7083"),
             ("[\"a:1\", \"b\"]", "\"b\" is no address"), ("[[\"a:1\"]]", "found a list"), ("\"10.0.0.5:65536\"", "is no address")]),
    };

    /// <summary>The samples by the path of the setting.</summary>
    public static IReadOnlyDictionary<string, Samples> All { get; } = ProgramConfiguration.Table.All
        .Select(setting => (setting.Path, Samples: Of(setting)))
        .Where(pair => pair.Samples is not null)
        .ToDictionary(pair => pair.Path, pair => pair.Samples!, StringComparer.Ordinal);

    private static Samples? Of(Setting setting) =>
        Special.GetValueOrDefault(setting.Path) ?? Own.GetValueOrDefault(setting.Path) ?? KindSamples.Of(setting);
}
