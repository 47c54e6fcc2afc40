package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/xtaci/kcp-go"
)

// The clients of every measurement, each with its own socket. The driver controls them like ../load.c: they print `base` (idle only) and
// `ready` on standard output, then for each line on standard input do one run and print one line of JSON. Nothing is in flight between
// runs. A wrong byte, or no progress for 20 s, ends the program with one line on standard error.
//
//	echo   64 bytes back and forth, one message in flight per session; --rate limits the messages per second
//	up     64 KiB at a time at a fixed rate over all sessions; the backend (mode check) compares every byte
//	down   requests 64 KiB at a time from the backend (mode serve) at a fixed rate, and compares every byte
//	loss   64-byte messages at a fixed rate over links that drop and delay datagrams (link.go)
//	idle   opens sessions by hand (quiet.go), uses each once and keeps them open

var (
	mode        = flag.String("mode", "", "echo, up, down, loss or idle")
	target      = flag.String("target", "", "address of the relay")
	key         = flag.String("key", "", "address of the backend, sent to the relay")
	connections = flag.Int("connections", 1, "number of sessions")
	base        = flag.Int("base", 0, "idle: print base when this many sessions are open")
	seconds     = flag.Float64("seconds", 1, "length of a run")
	warmup      = flag.Float64("warmup", 0, "load before the first run, in seconds")
	rate        = flag.Float64("rate", 0, "over all sessions; echo and loss: messages per second, up and down: bytes per second")
	lossShare   = flag.Float64("loss", 0.05, "loss: share of datagrams lost in each direction")
	delayMs     = flag.Float64("delay", 20, "loss: milliseconds of delay in each direction")
	seed        = flag.Int64("seed", 1, "loss: decides which datagrams are lost")
)

const patience = 20 * time.Second

// settle is the time allowed for the last acknowledgements, which belong to the run.
const settle = 30 * time.Millisecond

type result map[string]float64

// setUp opens what a work needs. run lasts this many seconds and then until everything is answered.
type work struct {
	setUp func()
	run   func(seconds float64) result
	paced bool
}

var works = map[string]work{
	"echo": {openSessions, echoFor, false},
	"up":   {openSessions, func(seconds float64) result { return bulkFor(seconds, sendUp) }, true},
	"down": {openSessions, func(seconds float64) result { return bulkFor(seconds, askDown) }, true},
	"loss": {openLossySessions, lossFor, true},
	"idle": {openQuietClients, func(float64) result { return useQuietClients() }, false},
}

type session struct {
	*kcp.UDPSession
	number    uint32
	exchanged uint64 // messages
}

var sessions []*session

func runLoad() {
	chosen, known := works[*mode]
	if !known || *target == "" || *key == "" || *connections < 1 {
		die("load: --mode echo|up|down|loss|idle, --target and --key are needed")
	}
	if *rate <= 0 && chosen.paced {
		die("load: --rate is needed")
	}
	debug.SetGCPercent(400) // the clients' garbage collection is not measured
	go watchProgress()
	progress()
	chosen.setUp()
	if *warmup > 0 && *mode != "idle" {
		chosen.run(*warmup)
	}
	for tell("ready"); toldToGoOn(); {
		line, err := json.Marshal(chosen.run(*seconds))
		must(err, "result")
		tell(string(line))
	}
}

var lines = bufio.NewScanner(os.Stdin)

func tell(line string) {
	atomic.StoreInt32(&waiting, 1)
	fmt.Println(line)
}

func toldToGoOn() bool {
	more := lines.Scan()
	progress()
	return more
}

func openSessions() {
	for i := 0; i < *connections; i++ {
		s, err := kcp.DialWithOptions(*target, nil, *dataShards, *parityShards)
		must(err, "dial")
		enter(s)
	}
}

// enter configures a new session, sends the key and waits for the reply.
func enter(s *kcp.UDPSession) {
	tune(s)
	must(s.SetReadBuffer(clientBuffer), "receive buffer")
	_, err := s.Write(frame(*key))
	must(err, "handshake")
	reply, err := readFrame(s)
	must(err, "handshake")
	if string(reply) != "ok" {
		die("handshake: %q", reply)
	}
	progress()
	sessions = append(sessions, &session{UDPSession: s, number: uint32(len(sessions))})
}

// ---- hang detection: a deadline per read would cost a timer each

var (
	steps   int64
	waiting int32 // 1 while waiting for the driver
)

func progress() {
	atomic.AddInt64(&steps, 1)
	atomic.StoreInt32(&waiting, 0)
}

func watchProgress() {
	for {
		before := atomic.LoadInt64(&steps)
		time.Sleep(patience)
		if atomic.LoadInt32(&waiting) == 0 && atomic.LoadInt64(&steps) == before {
			die("no answer within %v", patience)
		}
	}
}
