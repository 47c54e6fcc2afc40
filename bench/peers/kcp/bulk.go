package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"sync/atomic"
	"time"

	"github.com/xtaci/kcp-go"
)

// Bulk goes in units of 64 KiB. Each unit is due at its own time, over all sessions in turn. A session that is too far behind is skipped,
// so a relay that cannot keep the rate shows a lower rate and not a growing queue.

const (
	unit       = 1 << 16
	mostBehind = 32 // units per session
)

// pattern is repeated by bulk streams in both directions, the same as in ../backend.c.
var pattern = func() []byte {
	bytes := make([]byte, unit)
	for i := range bytes {
		bytes[i] = byte(uint32(i) * 2654435761 >> 24)
	}
	return bytes
}()

// A way transfers one unit: begin is what the client sends for it, and await returns when all of it has arrived.
type way struct {
	begin []byte
	await func(s *session, scratch []byte)
}

var (
	sendUp  = way{pattern, awaitVerdict}
	askDown = way{binary.LittleEndian.AppendUint64(nil, unit), awaitUnit}
)

func awaitVerdict(s *session, scratch []byte) {
	_, err := io.ReadFull(s, scratch[:1])
	must(err, "up")
	if scratch[0] != '+' {
		die("session %d: the backend got wrong bytes", s.number)
	}
}

func awaitUnit(s *session, scratch []byte) {
	for got := 0; got < unit; {
		n, err := s.Read(scratch[:unit-got])
		must(err, "down")
		if !bytes.Equal(scratch[:n], pattern[got:got+n]) {
			die("session %d: received wrong bytes", s.number)
		}
		got += n
		progress()
	}
}

func bulkFor(seconds float64, way way) result {
	before := kcp.DefaultSnmp.Copy()
	start := time.Now()
	begin := make([]chan struct{}, len(sessions))
	for i := range begin {
		begin[i] = make(chan struct{}, mostBehind)
	}
	go paceUnits(start, duration(seconds), begin)
	var units int64
	forEach(sessions, func(s *session) { atomic.AddInt64(&units, s.relayUnits(begin[s.number], way)) })
	taken := time.Since(start)
	time.Sleep(settle)

	after := kcp.DefaultSnmp.Copy()
	return result{
		"seconds": taken.Seconds(),
		"bytes":   float64(units * unit),
		// Up, the client counts its retransmissions; down, the duplicates that it received.
		"sent_again": share(after.RetransSegs-before.RetransSegs, after.OutSegs-before.OutSegs),
		"came_again": share(after.RepeatSegs-before.RepeatSegs, after.InSegs-before.InSegs),
	}
}

func share(part, all uint64) float64 {
	if all == 0 {
		return 0
	}
	return float64(part) / float64(all)
}

func paceUnits(start time.Time, length time.Duration, begin []chan struct{}) {
	gap := unit / *rate * float64(time.Second)
	for i := 0; ; i++ {
		due := time.Duration(float64(i) * gap)
		if due >= length || time.Since(start) >= length {
			break
		}
		time.Sleep(due - time.Since(start))
		select {
		case begin[i%len(begin)] <- struct{}{}:
		default:
		}
	}
	for _, c := range begin {
		close(c)
	}
}

// relayUnits starts a unit for each signal, up to mostBehind at a time, and returns the number that arrived.
func (s *session) relayUnits(begin <-chan struct{}, way way) (count int64) {
	begun := make(chan struct{}, mostBehind)
	go func() {
		for range begin {
			begun <- struct{}{}
			_, err := s.Write(way.begin)
			must(err, "bulk")
		}
		close(begun)
	}()
	scratch := make([]byte, unit)
	for range begun {
		way.await(s, scratch)
		progress()
		count++
	}
	return
}
