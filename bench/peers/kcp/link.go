package main

import (
	"math/rand"
	"net"
	"sync"
	"time"
)

// link is a UDP socket that drops and delays datagrams in both directions. Its seed decides which ones are lost.
type link struct {
	*net.UDPConn
	lock    sync.Mutex
	dropOut *rand.Rand
	dropIn  *rand.Rand
	arrived chan parcel
}

type parcel struct {
	due     time.Time
	bytes   []byte
	address net.Addr
	deliver func(parcel)
}

// All links have the same delay, so one queue holds the datagrams in flight in the order in which they are due.
var underway = make(chan parcel, 1<<16)

func deliverParcels() {
	for p := range underway {
		time.Sleep(time.Until(p.due))
		p.deliver(p)
	}
}

func newLink(seed int64) *link {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(err, "link")
	l := &link{
		UDPConn: conn,
		dropOut: rand.New(rand.NewSource(seed * 2)),
		dropIn:  rand.New(rand.NewSource(seed*2 + 1)),
		arrived: make(chan parcel, 4096),
	}
	go l.receive()
	return l
}

func (l *link) WriteTo(bytes []byte, address net.Addr) (int, error) {
	l.lock.Lock() // a session may be written to by several goroutines
	lost := l.dropOut.Float64() < *lossShare
	l.lock.Unlock()
	if !lost {
		carry(bytes, address, l.send)
	}
	return len(bytes), nil
}

func (l *link) ReadFrom(bytes []byte) (int, net.Addr, error) {
	p := <-l.arrived
	return copy(bytes, p.bytes), p.address, nil
}

func (l *link) receive() {
	buffer := make([]byte, 2048)
	for {
		n, address, err := l.UDPConn.ReadFrom(buffer)
		must(err, "link")
		if l.dropIn.Float64() >= *lossShare {
			carry(buffer[:n], address, l.hand)
		}
	}
}

func (l *link) send(p parcel) {
	_, err := l.UDPConn.WriteTo(p.bytes, p.address)
	must(err, "link")
}

func (l *link) hand(p parcel) { l.arrived <- p }

func carry(bytes []byte, address net.Addr, deliver func(parcel)) {
	due := time.Now().Add(duration(*delayMs / 1000))
	underway <- parcel{due, append([]byte(nil), bytes...), address, deliver}
}
