package main

import (
	"bytes"
	"encoding/binary"
	"math/rand"
	"net"
	"os"
	"sync"
	"time"
)

// quiet is a hand-written KCP client: one segment, its answer, an acknowledgement, then silence. Thousands of kcp-go's own clients would
// never be silent, since each has a timer every 10 ms. It does not support FEC.
type quiet struct {
	conn          *net.UDPConn
	number        uint32
	conv, sn, una uint32
	stream        []byte // bytes received in order
}

const (
	segmentHead = 24
	push        = 81
	ack         = 82
	resendAfter = 200 * time.Millisecond
	openAtOnce  = 32
)

var quietClients []*quiet

func openQuietClients() {
	address, err := net.ResolveUDPAddr("udp4", *target)
	must(err, "target")
	quietClients = make([]*quiet, *connections)
	for i := range quietClients {
		conn, err := net.DialUDP("udp4", nil, address)
		must(err, "socket")
		quietClients[i] = &quiet{conn: conn, number: uint32(i), conv: rand.Uint32()}
	}
	reply := frame("ok")
	open := func(q *quiet) {
		q.exchange(frame(*key), reply)
		q.echo()
	}
	forEachQuiet(quietClients[:*base], open)
	tell("base")
	if !toldToGoOn() {
		os.Exit(0)
	}
	forEachQuiet(quietClients[*base:], open)
}

// useQuietClients proves that every session is still alive.
func useQuietClients() result {
	forEachQuiet(quietClients, (*quiet).echo)
	return result{"seconds": 0, "count": float64(len(quietClients))}
}

func forEachQuiet(clients []*quiet, do func(*quiet)) {
	var all sync.WaitGroup
	room := make(chan struct{}, openAtOnce)
	for _, q := range clients {
		room <- struct{}{}
		all.Add(1)
		go func(q *quiet) {
			do(q)
			progress()
			<-room
			all.Done()
		}(q)
	}
	all.Wait()
}

func (q *quiet) echo() {
	text := make([]byte, messageSize)
	message(text, q.number, uint64(q.sn))
	q.exchange(text, text)
}

// exchange sends one segment, repeatedly, until the expected bytes have arrived and the segment is acknowledged.
func (q *quiet) exchange(say, want []byte) {
	q.stream = q.stream[:0]
	acknowledged := false
	buffer := make([]byte, 2048)
	for due := time.Now(); len(q.stream) < len(want) || !acknowledged; {
		if now := time.Now(); !now.Before(due) {
			q.send(push, q.sn, uint32(now.UnixMilli()), say)
			due = now.Add(resendAfter)
		}
		q.conn.SetReadDeadline(due)
		n, err := q.conn.Read(buffer)
		if err == nil {
			acknowledged = q.take(buffer[:n]) || acknowledged
		} else if timeout, is := err.(net.Error); !is || !timeout.Timeout() {
			die("session %d: %v", q.number, err)
		}
	}
	if !bytes.Equal(q.stream, want) {
		die("session %d: wrong answer", q.number)
	}
	q.sn++
}

// take reads a datagram's segments and returns whether the last segment sent is acknowledged.
func (q *quiet) take(datagram []byte) (acknowledged bool) {
	for len(datagram) >= segmentHead {
		order := binary.LittleEndian
		command, ts, sn, una := datagram[4], order.Uint32(datagram[8:]), order.Uint32(datagram[12:]), order.Uint32(datagram[16:])
		length := int(order.Uint32(datagram[20:]))
		if order.Uint32(datagram) != q.conv || length > len(datagram)-segmentHead {
			die("session %d: received a datagram that is not KCP", q.number)
		}
		acknowledged = acknowledged || una > q.sn || command == ack && sn == q.sn
		if command == push {
			if sn == q.una {
				q.stream = append(q.stream, datagram[segmentHead:segmentHead+length]...)
				q.una++
			}
			q.send(ack, sn, ts, nil)
		}
		datagram = datagram[segmentHead+length:]
	}
	return
}

func (q *quiet) send(command byte, sn, ts uint32, payload []byte) {
	order := binary.LittleEndian
	segment := order.AppendUint32(nil, q.conv)
	segment = append(segment, command, 0)
	segment = order.AppendUint16(segment, uint16(*window))
	for _, field := range []uint32{ts, sn, q.una, uint32(len(payload))} {
		segment = order.AppendUint32(segment, field)
	}
	_, err := q.conn.Write(append(segment, payload...))
	must(err, "send")
}
