// Both ends and the comparison of the KCP benchmark, on Debian's kcp-go:
//
//	kcp relay    the relay that Sluice is compared with (relay.go)
//	kcp load     the clients of every measurement (load.go)
//	kcp backend  a KCP backend that sends back what comes (relay.go)
//	kcp version  what this was built with
//
// All of them take --data, --parity, --window and --mtu: a session is set the same way wherever it ends.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"

	"github.com/xtaci/kcp-go"
)

// release is that of the kcp-go package; the build says it.
var release = "of unknown release"

var (
	dataShards   = flag.Int("data", 0, "FEC data shards; 0: no FEC")
	parityShards = flag.Int("parity", 0, "FEC parity shards")
	window       = flag.Int("window", 256, "of both directions, in segments")
	mtu          = flag.Int("mtu", 1400, "largest datagram")
)

const (
	listenerBuffer = 4 << 20 // one socket for all clients
	clientBuffer   = 1 << 20
)

// tune sets a session as Sluice sets its own. That one acknowledges within the interval, not at once.
func tune(s *kcp.UDPSession) {
	s.SetNoDelay(1, 10, 2, 1)
	s.SetWindowSize(*window, *window)
	if !s.SetMtu(*mtu) {
		die("mtu %d is refused", *mtu)
	}
	s.SetStreamMode(true)
	s.SetWriteDelay(false)
	s.SetACKNoDelay(false)
}

func die(format string, values ...interface{}) {
	fmt.Fprintf(os.Stderr, "kcp: "+format+"\n", values...)
	os.Exit(1)
}

func must(err error, what string) {
	if err != nil {
		die("%s: %v", what, err)
	}
}

func main() {
	if len(os.Args) < 2 {
		die("relay, load, backend or version")
	}
	flag.CommandLine.Parse(os.Args[2:])
	switch os.Args[1] {
	case "relay":
		serve(relaySession)
	case "backend":
		serve(echoSession)
	case "load":
		runLoad()
	case "version":
		fmt.Printf("kcp-go %s (%s)\n", release, runtime.Version())
	default:
		die("unknown command %s", os.Args[1])
	}
}
