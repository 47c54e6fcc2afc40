package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"sync"
	"time"
)

const messageSize = 64

// message contains the session and the sequence number, so that a wrong answer is detected.
func message(into []byte, number uint32, which uint64) {
	copy(into, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
	binary.LittleEndian.PutUint32(into, number)
	binary.LittleEndian.PutUint64(into[8:], which)
}

// expect reads the next answer.
func (s *session) expect(want, got []byte) {
	_, err := io.ReadFull(s, got)
	must(err, "echo")
	if !bytes.Equal(want, got) {
		die("session %d: wrong answer", s.number)
	}
	progress()
}

// echoFrom echoes one message after another until the end. At a fixed rate the sessions take turns; a late message is sent at once.
func (s *session) echoFrom(start, end time.Time) {
	var gap, due time.Duration
	if *rate > 0 {
		gap = duration(float64(len(sessions)) / *rate)
		due = duration(float64(s.number) / *rate)
	}
	want, got := make([]byte, messageSize), make([]byte, messageSize)
	for ; time.Now().Before(end) && start.Add(due).Before(end); due += gap {
		time.Sleep(time.Until(start.Add(due)))
		message(want, s.number, s.exchanged)
		_, err := s.Write(want)
		must(err, "echo")
		s.expect(want, got)
		s.exchanged++
	}
}

func echoed() (count uint64) {
	for _, s := range sessions {
		count += s.exchanged
	}
	return
}

func echoFor(seconds float64) result {
	before, start := echoed(), time.Now()
	end := start.Add(duration(seconds))
	forEach(sessions, func(s *session) { s.echoFrom(start, end) })
	taken := time.Since(start)
	time.Sleep(settle)
	return result{"seconds": taken.Seconds(), "count": float64(echoed() - before)}
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// forEach calls a function for all sessions concurrently and waits until all calls return.
func forEach(sessions []*session, do func(*session)) {
	var all sync.WaitGroup
	for _, s := range sessions {
		all.Add(1)
		go func(s *session) {
			defer all.Done()
			do(s)
		}(s)
	}
	all.Wait()
}
