// Both ends of the KCP benchmark and the relay that Sluice is compared with, on Debian's kcp-go:
//
//	kcp relay    the relay that Sluice is compared with (relay.go)
//	kcp load     the clients of every measurement (load.go)
//	kcp backend  a KCP backend that returns every byte (relay.go)
//	kcp version  prints the versions that this was built with
//
// All of them take --data, --parity, --window and --mtu, so that both ends of a session have the same settings.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"

	"github.com/xtaci/kcp-go"
)

// release is the version of the kcp-go package, set by the build.
var release = "of unknown release"

var (
	dataShards   = flag.Int("data", 0, "FEC data shards; 0: no FEC")
	parityShards = flag.Int("parity", 0, "FEC parity shards")
	window       = flag.Int("window", 256, "window of both directions, in segments")
	mtu          = flag.Int("mtu", 1400, "largest datagram")
)

const (
	listenerBuffer = 4 << 20 // one socket for all clients
	clientBuffer   = 1 << 20
)

// tune applies the same settings that Sluice uses, including acknowledgements within the interval instead of at once.
func tune(s *kcp.UDPSession) {
	s.SetNoDelay(1, 10, 2, 1)
	s.SetWindowSize(*window, *window)
	if !s.SetMtu(*mtu) {
		die("kcp-go rejects mtu %d", *mtu)
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
		die("usage: kcp relay|load|backend|version [options]")
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
