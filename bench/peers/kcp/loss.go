package main

import (
	"sort"
	"sync"
	"time"

	"github.com/xtaci/kcp-go"
)

func openLossySessions() {
	go deliverParcels()
	for i := 0; i < *connections; i++ {
		s, err := kcp.NewConn(*target, nil, *dataShards, *parityShards, newLink(*seed+int64(i)))
		must(err, "dial")
		enter(s)
	}
}

// lossFor sends message i at start + i/rate on session i mod N. Latency counts from the moment a message was due, so a message that waits
// for a retransmission pays for it.
func lossFor(seconds float64) result {
	rounds := int(seconds * *rate / float64(len(sessions)))
	if rounds == 0 {
		die("nothing to send; raise --rate or --seconds")
	}
	start := time.Now()
	due := func(round int, s *session) time.Time {
		return start.Add(duration(float64(round*len(sessions)+int(s.number)) / *rate))
	}
	var lock sync.Mutex
	var times []time.Duration
	go func() {
		text := make([]byte, messageSize)
		for round := 0; round < rounds; round++ {
			for _, s := range sessions {
				time.Sleep(time.Until(due(round, s)))
				message(text, s.number, uint64(round))
				_, err := s.Write(text)
				must(err, "send")
			}
		}
	}()
	forEach(sessions, func(s *session) {
		want, got := make([]byte, messageSize), make([]byte, messageSize)
		own := make([]time.Duration, rounds)
		for round := range own {
			message(want, s.number, uint64(round))
			s.expect(want, got)
			own[round] = time.Since(due(round, s))
		}
		lock.Lock()
		times = append(times, own...)
		lock.Unlock()
	})
	taken := time.Since(start)
	time.Sleep(settle + 4*duration(*delayMs/1000))

	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	ms := func(i int) float64 { return times[i].Seconds() * 1000 }
	count := len(times)
	return result{
		"seconds": taken.Seconds(), "count": float64(count),
		"p50_ms": ms(count / 2), "p99_ms": ms(count - 1 - count/100), "max_ms": ms(count - 1),
	}
}
