namespace Sluice.Daemon.Tests.Configuration;

/// <summary>For every key: values that are taken, with what the setting then is, and values that are not, with what the fault says.</summary>
internal static class KeySamples
{
    private static readonly (string, string)[] WrongTruths = [("1", "found the number 1"), ("\"true\"", "without quotes"), ("[true]", "found a list")];

    private static readonly (string, string)[] WrongTimeouts =
    [
        ("0", "0 is out of range"), ("-1", "-1 is out of range"), ("3600.5", "out of range"), ("nan", "out of range"), ("inf", "out of range"),
        ("-inf", "out of range"), ("1e308", "out of range"), ("9223372036854775807", "out of range"), ("\"5\"", "without quotes"),
        ("5s", "not valid TOML"), ("1979-05-27", "found a date or time"),
    ];

    private static readonly (string, string)[] WrongPorts =
    [
        ("-1", "-1 is out of range"), ("65536", "65536 is out of range"), ("7082.0", "found the number 7082"), ("\"7082\"", "without quotes"),
        ("true", "found true"), ("{ tcp = 1 }", "unknown section"),
    ];

    private static readonly (string, string)[] WrongCounts =
        [("-1", "-1 is out of range"), ("10000001", "out of range"), ("0.5", "found the number 0.5"), ("\"9\"", "without quotes")];

    private static readonly (string, string)[] WrongPrefixes = [("\"\"", "found the text"), ("\"a\\nb\"", "found the text"), ("1", "found the number 1")];

    private static readonly (string, string)[] WrongPaths =
        [("5", "found the number 5"), ("\"a\\u0000b\"", "cannot be the name of a file"), ("\"log/\"", "cannot be the name of a file")];

    private static readonly (string, string)[] WrongRules =
    [
        ("\"10.0.0.0/8\"", "found the text"), ("[\"10.0.0.0/33\"]", "which is no rule"), ("[5]", "found the number 5"), ("[\"\"]", "which is no rule"),
        ("[\"10.0.0.0/8:0\"]", "which is no rule"), ("[[\"10.0.0.0/8\"]]", "found a list"),
    ];

    private static readonly (string, string)[] WrongRanges =
    [
        ("\"10.0.0.0/8\"", "found the text"), ("[\"10.0.0.0/33\"]", "which is no address range"), ("[5]", "found the number 5"), ("[\"\"]", "which is no address range"),
        ("[\"10.0.0.0/8:7000\"]", "which is no address range"), ("[\"proxy.example\"]", "which is no address range"), ("[\"010.0.0.1\"]", "which is no address range"),
    ];

    private static readonly ((string, object?)[], (string, string)[]) Certificates = (
        [("[]", ""), ("[{ cert_file = \"a.pem\", key_file = \"a.key\" }]", "a.pem + a.key"),
         ("[{ cert_file = \"a.pem\", key_file = \"a.key\", names = [\"*.game.example\", \"b\"] }]", "a.pem + a.key for *.game.example b")],
        [("5", "found the number 5"), ("[5]", "found the number 5"), ("[{ cert_file = \"a.pem\" }]", "a certificate needs key_file"),
         ("[{ cert_file = \"\", key_file = \"b\" }]", "a certificate needs cert_file"), ("[{ cert = \"a.pem\" }]", "the nearest known key is \"cert_file\""),
         ("[{ cert_file = 1 }]", "found the number 1"), ("[{ cert_file = \"a\", key_file = \"b\", names = \"x\" }]", "write a list of server names"),
         ("[{ cert_file = \"a\", key_file = \"b\", names = [\"a b\"] }]", "which is no server name"),
         ("[{ cert_file = \"a\", key_file = \"b\", names = [\"a.*.b\"] }]", "which is no server name")]);

    /// <summary>Path of the key → (TOML, what it reads as), (TOML, part of the fault).</summary>
    public static IReadOnlyDictionary<string, ((string Toml, object? Value)[] Good, (string Toml, string Fault)[] Bad)> All { get; } =
        new Dictionary<string, ((string, object?)[], (string, string)[])>(StringComparer.Ordinal)
        {
            ["log.infofilePath"] = ([("\"a/b.log\"", "a/b.log"), ("\"\"", "")], WrongPaths),
            ["log.errorfilePath"] = ([("'/var/log/e.log'", "/var/log/e.log"), ("\"\"", "")], WrongPaths),
            ["log.level"] = (
                [("\"debug\"", "Debug"), ("\"information\"", "Information"), ("\"warning\"", "Warning"), ("\"error\"", "Error")],
                [("\"info\"", "the nearest is \"information\""), ("\"Debug\"", "the nearest is \"debug\""), ("3", "found the number 3")]),
            ["log.format"] = (
                [("\"text\"", false), ("\"json\"", true)], [("\"jsn\"", "the nearest is \"json\""), ("\"\"", "is not known"), ("true", "found true")]),
            ["log.max_file_bytes"] = (
                [("4096", 4096L), ("1_099_511_627_776", 1L << 40)], [("4095", "4095 is out of range"), ("1099511627777", "out of range"), ("0", "out of range")]),
            ["log.keep_files"] = ([("0", 0L), ("10000", 10_000L)], [("-1", "out of range"), ("10001", "out of range")]),
            ["tcpgate.port"] = ([("0", 0L), ("65535", 65535L), ("0x1F90", 8080L)], WrongPorts),
            ["tcpgate.enabled"] = ([("true", true)], WrongTruths),
            ["tcpgate.bind"] = (
                [("\"0.0.0.0\"", "0.0.0.0"), ("\"::1\"", "::1"), ("\"127.0.0.1\"", "127.0.0.1"), ("\"\"", null)],
                [("\"localhost\"", "is no address"), ("\"127.1\"", "is no address"), ("\"0x7f000001\"", "is no address"), ("\"[::1]\"", "is no address"),
                 ("\"127.0.0.1:80\"", "is no address"), ("\" ::1\"", "is no address"), ("0", "found the number 0")]),
            ["tcpgate.dial_timeout"] = ([("0.001", "00:00:00.0010000"), ("5", "00:00:05"), ("0.5", "00:00:00.5000000"), ("3600", "01:00:00")], WrongTimeouts),
            ["tcpgate.zero_copy"] = ([("true", true), ("false", false)], WrongTruths),
            ["tcpgate.idle_timeout"] = (
                [("0", "00:00:00"), ("0.0", "00:00:00"), ("0.25", "00:00:00.2500000"), ("2592000", "30.00:00:00")],
                [("0.0001", "out of range"), ("-1", "out of range"), ("2592001", "out of range"), ("nan", "out of range"), ("false", "found false")]),
            ["tcpgate.tls.cert_file"] = ([("\"tls/chain.pem\"", "tls/chain.pem"), ("\"\"", "")], WrongPaths),
            ["tcpgate.tls.key_file"] = ([("\"tls/key.pem\"", "tls/key.pem"), ("\"\"", "")], WrongPaths),
            ["tcpgate.tls.client_ca_file"] = ([("\"ca.pem\"", "ca.pem"), ("\"\"", "")], WrongPaths),
            ["tcpgate.tls.certificate"] = Certificates,
            ["kcpgate.port"] = ([("0", 0L), ("65535", 65535L)], WrongPorts),
            ["kcpgate.enabled"] = ([("true", true), ("false", false)], WrongTruths),
            ["kcpgate.dial_timeout"] = ([("3600", "01:00:00")], WrongTimeouts),
            ["kcpgate.zero_copy"] = ([("true", true)], WrongTruths),
            ["kcpgate.bind"] = ([("\"::1\"", "::1"), ("\"\"", null)], [("\"localhost\"", "is no address")]),
            ["kcpgate.idle_timeout"] = ([("0", "00:00:00"), ("90.5", "00:01:30.5000000")], [("-1", "out of range"), ("2592001", "out of range")]),
            ["kcpgate.dead_link_time"] = ([("0", "00:00:00"), ("90.5", "00:01:30.5000000")], [("0.5", "out of range"), ("86401", "out of range")]),
            ["kcpgate.nodelay"] = ([("0", 0L), ("1", 1L)], [("2", "out of range"), ("true", "found true")]),
            ["kcpgate.interval"] = ([("1", 1L), ("5000", 5000L)], [("0", "out of range"), ("5001", "out of range")]),
            ["kcpgate.resend"] = ([("0", 0L), ("255", 255L)], [("-1", "out of range"), ("256", "out of range")]),
            ["kcpgate.bundling"] = ([("true", true), ("false", false)], WrongTruths),
            ["kcpgate.nc"] = ([("0", 0L), ("1", 1L)], [("2", "out of range")]),
            ["kcpgate.snd_wnd"] = ([("1", 1L), ("16384", 16_384L)], [("0", "out of range"), ("16385", "out of range")]),
            ["kcpgate.rcv_wnd"] = ([("1", 1L), ("16384", 16_384L)], [("0", "out of range"), ("16385", "out of range")]),
            ["kcpgate.mtu"] = ([("128", 128L), ("1500", 1500L)], [("127", "out of range"), ("1501", "out of range")]),
            ["kcpgate.data_shards"] = ([("0", 0L), ("100", 100L)], [("255", "out of range"), ("-1", "out of range")]),
            ["kcpgate.parity_shards"] = ([("0", 0L), ("100", 100L)], [("255", "out of range"), ("1.5", "found the number 1.5")]),
            // What needs both keys is in KcpEncryptionTests.
            ["kcpgate.crypt"] = (
                [("\"off\"", null), ("\"null\"", null), ("\"none\"", "none")],
                [("\"aes\"", "needs a secret"), ("\"aes128\"", "the nearest is \"aes-128\""), ("\"AES\"", "the nearest is \"aes\""), ("\"\"", "is not known"),
                 ("\"salsa20\"", "Write \"off\", \"aes\", \"aes-128\", \"aes-192\", \"3des\", \"xor\", \"none\" or \"null\""), ("true", "found true")]),
            ["kcpgate.key_file"] = ([("\"\"", "")], [("\"route.key\"", "nothing is encrypted with it"), .. WrongPaths]),
            ["wsgate.port"] = ([("0", 0L), ("65535", 65535L)], WrongPorts),
            ["wsgate.enabled"] = ([("true", true), ("false", false)], WrongTruths),
            ["wsgate.dial_timeout"] = ([("3600", "01:00:00")], WrongTimeouts),
            ["wsgate.zero_copy"] = ([("true", true)], WrongTruths),
            ["wsgate.bind"] = ([("\"::1\"", "::1"), ("\"\"", null)], [("\"localhost\"", "is no address")]),
            ["wsgate.idle_timeout"] = ([("0", "00:00:00"), ("90.5", "00:01:30.5000000")], [("-1", "out of range"), ("2592001", "out of range")]),
            ["wsgate.ping_interval"] = ([("0", "00:00:00"), ("86400", "1.00:00:00")], [("-1", "out of range"), ("86401", "out of range")]),
            ["wsgate.max_message_bytes"] = ([("1", 1L), ("1073741824", 1L << 30)], [("0", "out of range"), ("1073741825", "out of range")]),
            ["wsgate.to_backend"] = (
                [("\"length_prefixed\"", "LengthPrefixed"), ("\"raw\"", "Raw")], [("\"row\"", "the nearest is \"raw\""), ("true", "found true")]),
            ["wsgate.to_client"] = (
                [("\"length_prefixed\"", "LengthPrefixed"), ("\"raw\"", "Raw")], [("\"prefixed\"", "is not known"), ("0", "found the number 0")]),
            ["wsgate.to_client_frames"] = (
                [("\"binary\"", false), ("\"text\"", true)], [("\"texts\"", "the nearest is \"text\""), ("true", "found true")]),
            ["wsgate.compression"] = ([("true", true), ("false", false)], WrongTruths),
            ["wsgate.path"] = (
                [("\"/ws\"", "/ws"), ("\"\"", "")], [("\"ws\"", "begins with /"), ("\"/a b\"", "begins with /"), ("\"/a?b\"", "begins with /"), ("1", "found the number 1")]),
            ["wsgate.origins"] = (
                [("[]", ""), ("[\"https://a.example\", \"http://localhost:8080\", \"null\"]", "https://a.example,http://localhost:8080,null"),
                    ("[\"https://*.a.example:443\", \"file://\", \"http://[::1]:80\"]", "https://*.a.example:443,file://,http://[::1]:80")],
                [("[\"a.example\"]", "found the text"), ("[\"https://a.example/\"]", "found the text"), ("\"https://a.example\"", "found the text"), ("[1]", "found the number 1")]),
            ["wsgate.subprotocols"] = (
                [("[]", ""), ("[\"game.v1\", \"chat\"]", "game.v1,chat")], [("[\"a b\"]", "found the text"), ("[\"\"]", "found the text"), ("\"chat\"", "found the text")]),
            ["wsgate.tls.cert_file"] = ([("\"tls/chain.pem\"", "tls/chain.pem"), ("\"\"", "")], WrongPaths),
            ["wsgate.tls.key_file"] = ([("\"tls/key.pem\"", "tls/key.pem"), ("\"\"", "")], WrongPaths),
            ["wsgate.tls.client_ca_file"] = ([("\"ca.pem\"", "ca.pem"), ("\"\"", "")], WrongPaths),
            ["wsgate.tls.certificate"] = Certificates,
            ["common.dial_retry"] = ([("1", 1L), ("100", 100L)], [("0", "0 is out of range"), ("101", "out of range"), ("1.5", "found the number 1.5")]),
            ["common.header_identify"] = (
                [("\"ipHost\"", "ipHost"), ("\"origin\"", "origin"), ("\"etcd\"", "etcd"), ("\"redis\"", "redis")],
                [("\"iphost\"", "the nearest is \"ipHost\". Write \"ipHost\", \"origin\""), ("\"static\"", "\"static\" needs a node"), ("\"orgin\"", "the nearest is \"origin\""), ("1", "found the number 1")]),
            ["common.require_registry"] = ([("true", true), ("false", false)], WrongTruths),
            ["common.success_resp_message"] = (
                [("\"b2s=\"", "6F-6B"), ("\"\"", "")], [("\"b2s\"", "\"b2s\" is not valid base64"), ("\"ok!\"", "is not valid base64"), ("1", "found the number 1")]),
            ["common.resolve_timeout"] = ([("0.001", "00:00:00.0010000"), ("3600", "01:00:00")], WrongTimeouts),
            ["common.connect_timeout"] = ([("0.001", "00:00:00.0010000"), ("3600", "01:00:00")], WrongTimeouts),
            ["common.kcp_reciprocity"] = ([("true", true), ("false", false)], WrongTruths),
            ["common.backend_tls"] = ([("true", true), ("false", false)], WrongTruths),
            ["common.ca_file"] = ([("\"\"", "")], [("\"ca.pem\"", "no backend is dialled with TLS"), .. WrongPaths]),
            ["common.loops"] = ([("0", 0L), ("1024", 1024L)], [("-1", "out of range"), ("1025", "out of range"), ("\"auto\"", "found the text")]),
            ["common.poller"] = (
                [("\"auto\"", "Default"), ("\"poll\"", "Poll")], [("\"select\"", "Write \"auto\", \"epoll\" or \"poll\""), ("0", "found the number 0")]),
            ["common.udp_gro"] = ([("true", true), ("false", false)], WrongTruths),
            ["common.udp_gso"] = ([("true", true), ("false", false)], WrongTruths),
            ["common.udp_recvmmsg"] = ([("true", true), ("false", false)], WrongTruths),
            ["common.udp_sendmmsg"] = ([("true", true), ("false", false)], WrongTruths),
            ["common.udp_gathering"] = ([("true", true), ("false", false)], WrongTruths),
            ["common.error_reply"] = ([("true", true), ("false", false)], WrongTruths),
            ["common.max_key_bytes"] = ([("1", 1L), ("65536", 65536L)], [("0", "out of range"), ("65537", "out of range"), ("-4096", "out of range")]),
            ["common.drain_timeout"] = (
                [("0", "00:00:00"), ("0.5", "00:00:00.5000000"), ("86400", "1.00:00:00")],
                [("-0.1", "out of range"), ("86401", "out of range"), ("1e300", "out of range"), ("nan", "out of range"), ("\"30s\"", "found the text")]),
            ["common.tcp_user_timeout"] = (
                [("0", 0L), ("60", 60L), ("86400", 86400L)],
                [("-1", "out of range"), ("86401", "out of range"), ("\"60s\"", "found the text")]),
            ["common.source_addresses"] = (
                [("[]", ""), ("[\"10.0.0.5\", \"2001:db8::5\"]", "10.0.0.5,2001:db8::5"), ("[\"127.0.0.2\"]", "127.0.0.2")],
                [("\"10.0.0.5\"", "found the text"), ("[\"10.0.0.0/24\"]", "no address"), ("[7]", "no address"), ("[\"0.0.0.0\"]", "can come from"),
                 ("[\"::\"]", "can come from"), ("[\"fe80::1\"]", "link-local"), ("[\"224.0.0.1\"]", "can come from")]),
            ["admin.enabled"] = ([("false", false), ("true", true)], WrongTruths),
            ["admin.bind"] = (
                [("\"127.0.0.1\"", "127.0.0.1"), ("\"127.9.9.9\"", "127.9.9.9"), ("\"::1\"", "::1")],
                [("\"localhost\"", "is no address"), ("9180", "found the number 9180"),
                 ("\"0.0.0.0\"", "write a token"), ("\"10.0.0.1\"", "write a token"), ("\"::\"", "write a token"), ("\"\"", "write a token")]),
            ["admin.port"] = ([("0", 0L), ("65535", 65535L)], WrongPorts),
            ["admin.token"] = (
                [("\"0123456789abcdef\"", "0123456789abcdef"), ("\"\"", "")],
                [("\"0123456789abcde\"", "found another text; write a text of 16 to 256"), ("\"0123456789 abcdef\"", "found another text"),
                 ("\"0123456789abcd\u00e9f\"", "found another text"), ($"\"{new string('a', 257)}\"", "found another text"),
                 ("1234567890123456", "found no text"), ("[\"0123456789abcdef\"]", "found no text")]),
            ["limits.max_connections"] = ([("0", 0L), ("10000000", 10_000_000L)], WrongCounts),
            ["limits.max_connections_per_ip"] = ([("0", 0L), ("10000000", 10_000_000L)], WrongCounts),
            ["limits.max_connections_per_subnet"] = ([("0", 0L), ("10000000", 10_000_000L)], WrongCounts),
            ["limits.new_connections_per_ip_per_second"] = ([("0", 0L), ("10000000", 10_000_000L)], WrongCounts),
            ["limits.new_connections_per_subnet_per_second"] = ([("0", 0L), ("10000000", 10_000_000L)], WrongCounts),
            ["limits.max_memory_bytes"] = ([("0", 0L), ("8_589_934_592", 8L << 30)], [("-1", "out of range"), ("1125899906842625", "out of range"), ("\"8G\"", "found the text")]),
            ["clients.allow"] = ([("[]", ""), ("[\"203.0.113.0/24\", \"2001:db8::/32\"]", "203.0.113.0/24,2001:db8::/32")], WrongRanges),
            ["clients.deny"] = ([("[]", ""), ("[\"192.0.2.7\"]", "192.0.2.7")], WrongRanges),
            ["tcpgate.accept_proxy_from"] = ([("[]", ""), ("[\"10.0.0.0/8\", \"::1\"]", "10.0.0.0/8,::1")], WrongRanges),
            ["wsgate.accept_proxy_from"] = ([("[]", ""), ("[\"10.0.0.0/8\"]", "10.0.0.0/8")], WrongRanges),
            ["wsgate.trust_forwarded_for"] = ([("[]", ""), ("[\"fd00::/8\"]", "fd00::/8")], WrongRanges),
            ["common.proxy_protocol"] = (
                [("\"off\"", null), ("\"v1\"", "V1"), ("\"v2\"", "V2")], [("\"v3\"", "is not known"), ("2", "found the number 2"), ("true", "found true")]),
            ["limits.max_pending_handshakes"] = ([("0", 0L), ("10000000", 10_000_000L)], WrongCounts),
            ["policy.allow"] = (
                [("[]", ""), ("[\"10.0.0.0/8:7000-7999\", \"*.game.internal:9000\",]", "10.0.0.0/8:7000-7999,*.game.internal:9000")], WrongRules),
            ["policy.nat64_prefixes"] = (
                [("[]", ""), ("[\"2001:db8:64::/96\", \"fd64::/48\"]", "2001:db8:64::/96,fd64::/48")],
                [("\"2001:db8::/96\"", "found the text"), ("[\"2001:db8::/33\"]", "with 32, 40, 48, 56, 64 or 96 bits"), ("[\"10.0.0.0/8\"]", "found the text"), ("[5]", "found the number 5")]),
            ["policy.deny"] = ([("[\"[2001:db8::]/32:7000\"]", "[2001:db8::]/32:7000")], WrongRules),
            ["plugins.paths"] = (
                [("[]", ""), ("[\"plugins/A.dll\", \"/opt/b/B.dll\"]", "plugins/A.dll,/opt/b/B.dll")],
                [("\"a.dll\"", "write a list of paths"), ("[1]", "found the number 1"), ("[\"\"]", "found the text \"\""), ("[\"a\\u0000b\"]", "found the text")]),
            // What needs a key file or several keys is in JwtSettingsTests.
            ["jwt.algorithms"] = (
                [("[\"HS256\"]", "HS256"), ("[\"RS256\", \"PS512\", \"ES384\"]", "RS256,PS512,ES384")],
                [("[\"none\"]", "found the text \"none\"; write a list of"), ("[\"hs256\"]", "found the text \"hs256\""), ("[\"HS256\", \"A128KW\"]", "found the text \"A128KW\""),
                 ("\"HS256\"", "found the text"), ("[1]", "found the number 1"), ("[\"HS256\", \"HS256\", \"\"]", "found the text \"\"")]),
            ["jwt.key_file"] = ([("\"route.key\"", "route.key"), ("\"\"", "")], WrongPaths),
            ["jwt.issuer"] = ([("\"https://login.game.example\"", "https://login.game.example"), ("\"\"", "")], [("1", "found the number 1")]),
            ["jwt.audience"] = ([("\"sluice\"", "sluice"), ("\"\"", "")], [("[\"a\"]", "found a list")]),
            ["jwt.leeway"] = (
                [("0", "00:00:00"), ("0.5", "00:00:00.5000000"), ("3600", "01:00:00")],
                [("-1", "out of range"), ("3601", "out of range"), ("nan", "out of range"), ("\"5s\"", "found the text")]),
            ["jwt.verify"] = ([("true", true), ("false", false)], WrongTruths),
            ["jwt.require_expiry"] = ([("true", true), ("false", false)], WrongTruths),
            ["jwt.require_client_ip"] = ([("true", true), ("false", false)], WrongTruths),
            ["jwt.one_time"] = ([("true", true), ("false", false)], WrongTruths),
            ["jwt.one_time_capacity"] = ([("1", 1L), ("10000000", 10_000_000L)], [("0", "out of range"), ("10000001", "out of range")]),
            ["jwt.node_registry"] = ([("\"etcd\"", "etcd"), ("\"\"", "")], [("true", "found true")]),
            ["etcd.endpoints"] = (
                [("[\"http://127.0.0.1:2379\"]", "http://127.0.0.1:2379"), ("[\"https://a.example:2379\", \"https://[::1]:2379\"]", "https://a.example:2379,https://[::1]:2379")],
                [("\"http://127.0.0.1:2379\"", "found the text"), ("[\"127.0.0.1:2379\"]", "found the text"), ("[\"http://127.0.0.1\"]", "found the text"),
                 ("[\"http://user:word@127.0.0.1:2379\"]", "found the text"), ("[\"http://127.0.0.1:2379/v3\"]", "found the text"), ("[\"http://tcp://127.0.0.1:2379\"]", "found the text"),
                 ("[1]", "found the number 1")]),
            ["etcd.prefix"] = ([("\"/n/\"", "/n/")], WrongPrefixes),
            // What needs both is in RegistrySettingsTests.
            ["etcd.username"] = ([("\"sluice\"", "sluice"), ("\"\"", "")], [("\"a\\u0000b\"", "found the text"), ("1", "found the number 1")]),
            ["etcd.password_file"] = ([("\"etcd.password\"", "etcd.password"), ("\"\"", "")], WrongPaths),
            ["etcd.ca_file"] = ([("\"ca.pem\"", "ca.pem"), ("\"\"", "")], WrongPaths),
            ["etcd.cert_file"] = ([("\"a.pem\"", "a.pem"), ("\"\"", "")], WrongPaths),
            ["etcd.key_file"] = ([("\"a.key\"", "a.key"), ("\"\"", "")], WrongPaths),
            ["redis.connect"] = (
                [("\"127.0.0.1:6379\"", "127.0.0.1:6379"), ("\"redis.internal:6380\"", "redis.internal:6380"), ("\"[::1]:6379\"", "[::1]:6379")],
                [("\"127.0.0.1\"", "found the text"), ("\"127.0.0.1:6379,password=x\"", "found the text"), ("\"a:1,b:2\"", "found the text"), ("\"tcp://127.0.0.1:6379\"", "found the text"),
                 ("6379", "found the number 6379")]),
            ["redis.prefix"] = ([("\"n:\"", "n:")], WrongPrefixes),
            ["redis.database"] = ([("0", 0L), ("15", 15L)], [("-1", "out of range"), ("\"0\"", "without quotes")]),
            ["redis.username"] = ([("\"sluice\"", "sluice"), ("\"\"", "")], [("\"a\\nb\"", "found the text"), ("1", "found the number 1")]),
            ["redis.password_file"] = ([("\"redis.password\"", "redis.password"), ("\"\"", "")], WrongPaths),
            ["redis.tls"] = ([("true", true), ("false", false)], WrongTruths),
            ["redis.ca_file"] = ([("\"ca.pem\"", "ca.pem"), ("\"\"", "")], WrongPaths),
            ["zookeeper.connect"] = (
                [("\"10.0.0.5\"", "10.0.0.5"), ("\"a:2181,[2001:db8::1]:2182/games\"", "a:2181,[2001:db8::1]:2182/games")],
                [("\"\"", "found the text"), ("\"a:0\"", "found the text"), ("\"a:2181/\\u0001\"", "found the text"), ("\"a,,b\"", "found the text"),
                 ("\"a:2181/games/\"", "found the text"), ("[\"a:2181\"]", "found a list")]),
            ["zookeeper.path"] = (
                [("\"/\"", "/"), ("\"/games/nodes\"", "/games/nodes")],
                [("\"games\"", "begins with /"), ("\"/games/\"", "begins with /"), ("\"/games//a\"", "begins with /"), ("\"/../a\"", "begins with /"), ("1", "found the number 1")]),
            ["zookeeper.session_timeout"] = ([("0.1", "00:00:00.1000000"), ("3600", "01:00:00")], [("0", "out of range"), ("3601", "out of range")]),
            ["zookeeper.password_file"] = ([("\"zk.secret\"", "zk.secret"), ("\"\"", "")], WrongPaths),
            ["dns.suffix"] = (
                [("\"nodes.game.internal\"", "nodes.game.internal"), ("\"\"", "")],
                [("\"nodes.game.internal.\"", "found the text"), ("\"10.0.0.5\"", "found the text"), ("\"a b\"", "found the text"), ("\".internal\"", "found the text")]),
            ["dns.port"] = ([("0", 0L), ("65535", 65535L)], WrongPorts),
            ["dns.service"] = ([("\"\"", ""), ("\"_game._udp\"", "_game._udp")], [("\"_game.\"", "found the text"), ("\"a b\"", "found the text")]),
            ["dns.servers"] = (
                [("[]", ""), ("[\"10.0.0.2:53\", \"[2001:db8::1]:53\"]", "10.0.0.2:53,[2001:db8::1]:53")],
                [("[\"10.0.0.2\"]", "found the text"), ("[\"ns:53\"]", "found the text"), ("[\"tcp://10.0.0.2:53\"]", "found the text"), ("\"10.0.0.2:53\"", "found the text")]),
            ["dns.timeout"] = ([("0.05", "00:00:00.0500000"), ("60", "00:01:00")], [("0", "out of range"), ("61", "out of range")]),
            ["dns.min_ttl"] = ([("0", "00:00:00"), ("86400", "1.00:00:00")], [("-1", "out of range"), ("86401", "out of range")]),
            ["dns.max_ttl"] = ([("0", "00:00:00"), ("86400", "1.00:00:00")], [("-1", "out of range"), ("86401", "out of range")]),
            ["dns.negative_ttl"] = ([("0", "00:00:00"), ("3600", "01:00:00")], [("-1", "out of range"), ("3601", "out of range")]),
            ["dns.stale_for"] = ([("0", "00:00:00"), ("2592000", "30.00:00:00")], [("-1", "out of range"), ("2592001", "out of range")]),
            ["kubernetes.api_server"] = (
                [("\"\"", ""), ("\"https://10.0.0.5:6443\"", "https://10.0.0.5:6443"), ("\"http://127.0.0.1:8001\"", "http://127.0.0.1:8001")],
                [("\"10.0.0.5:6443\"", "found the text"), ("\"https://10.0.0.5\"", "found the text"), ("\"https://a:6443/api\"", "found the text"), ("6443", "found the number 6443")]),
            ["kubernetes.token_file"] = ([("\"token\"", "token"), ("\"\"", "")], WrongPaths),
            ["kubernetes.ca_file"] = ([("\"ca.pem\"", "ca.pem"), ("\"\"", "")], WrongPaths),
            ["kubernetes.namespace"] = (
                [("\"\"", ""), ("\"games-1\"", "games-1")],
                [("\"Games\"", "found the text"), ("\"a/b\"", "found the text"), ("\"-a\"", "found the text"), ("\"a b\"", "found the text"), ("1", "found the number 1")]),
            ["kubernetes.label_selector"] = (
                [("\"\"", ""), ("\"app=match,tier in (a, b)\"", "app=match,tier in (a, b)")], [("\"a\\nb\"", "found the text"), ("[\"app=match\"]", "found a list")]),
            ["kubernetes.port"] = ([("0", 0L), ("65535", 65535L)], WrongPorts),
            ["kubernetes.port_name"] = (
                [("\"\"", ""), ("\"game-tcp\"", "game-tcp")],
                [("\"Game\"", "found the text"), ("\"7083\"", "found the text"), ("\"abcdefghijklmnop\"", "found the text"), ("7083", "found the number 7083")]),
            ["kubernetes.protocol"] = (
                [("\"client\"", "AsClient"), ("\"tcp\"", "Tcp"), ("\"kcp\"", "Kcp")], [("\"udp\"", "is not known"), ("1", "found the number 1")]),
            ["kubernetes.name_label"] = (
                [("\"\"", ""), ("\"game.example/match_Id\"", "game.example/match_Id"), ("\"match\"", "match")],
                [("\"a/b/c\"", "found the text"), ("\"/a\"", "found the text"), ("\"a b\"", "found the text"), ("\"Game/a\"", "found the text"), ("1", "found the number 1")]),
            // Names, tables and several nodes are in StaticNodesTests.
            ["static.nodes.name"] = (
                [("\"10.0.0.5:7083\"", "name = 10.0.0.5:7083"), ("[\"a:1\", \"[2001:db8::1]:2\"]", "name = a:1 [2001:db8::1]:2")],
                [("\"10.0.0.5\"", "\"10.0.0.5\" is no address; write host:port"), ("[]", "1 to 16 addresses"), ("7083", "found the number 7083"),
                 ("[\"a:1\", \"b\"]", "\"b\" is no address"), ("[[\"a:1\"]]", "found a list"), ("\"10.0.0.5:65536\"", "is no address")]),
        };
}
