namespace Sluice.Bench;

/// <summary>The help text.</summary>
internal static class Usage
{
    public const string Text = """
        bench/run tcp [options]      compare the TCP gate with HAProxy, nginx and a bare C relay on this machine
        bench/run kcp [options]      compare the KCP gate with a minimal relay on kcp-go
        bench/run ws [options]       compare the WebSocket gate with Sluice's TCP gate, a minimal relay on Kestrel and websockify,
                                     and TLS with HAProxy
        bench/run routing [options]  compare signed tokens with plain addresses, and rejecting a client with accepting and closing

          --only W,W      works to run
                            tcp: echo50 echo1000 bulk bulk-zero connect idle latency start; by name only: connect-reply
                            kcp: echo bulk-up bulk-down loss idle, all but idle also as NAME-fec; by name only: echo-paced and echo-kcp
                            ws:  echo bulk-up bulk-down idle, all but idle also as NAME-tls (TLS without WebSocket) and NAME-wss;
                                 by name only: idle-tls idle-wss
                            routing: connect refused
          --peer P,P      relays to run; tcp: haproxy nginx c-relay sluice, kcp: kcp-go sluice,
                          ws: websockify kestrel haproxy sluice-tcp sluice,
                          routing: sluice-ipHost accept-close sluice
          --rounds N      rounds per start of the relays; the first is dropped (8)
          --starts N      number of starts of the relays per work (2)
          --seconds S     length of one measurement (1)
          --warmup S      load before the first measurement of a start (6)
          --rate R        messages per second of the works latency (10000), loss (3000) and echo-paced (5000)
          --bulk-rate MB  megabytes per second of bulk in kcp (20) and ws (100), all connections together
          --quick         --rounds 3 --starts 1 --seconds 0.5 --warmup 0.5; a smoke test
          --write         put the tables into docs/performance.md; needs all works and relays
          --page FILE     another file for --write

          --sluice PATH               a built `sluice` (program or .dll) instead of the one of this source tree
          --sluice-set KEY=VALUE      passed on to every Sluice as --set; may be repeated
          --variant NAME:SETTING,…    one more Sluice in the same run; may be repeated. A setting is section.key=value,
                                      env.NAME=value (environment) or bin=PATH (another build)
          --relay-core N --load-core N    processors of the relay (0) and of everything else (1)
        """;
}
