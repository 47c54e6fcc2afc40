package main

// These modes use no network: "peer encode" prints the datagrams of a session that gets no answer, in hex. "peer decode" reads such
// lines, feeds them to a session and prints the resulting stream. "peer rs" prints random Reed-Solomon groups.

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net"
	"os"
	"time"

	"github.com/klauspost/reedsolomon"
	"github.com/xtaci/kcp-go"
)

var (
	datagrams = flag.Int("datagrams", 200, "encode: number of datagrams")
	bulk      = flag.Int("bulk", 100000, "decode: bytes in the stream")
	rsGroups  = flag.Int("groups", 100, "rs: number of groups")
)

func printGroups() {
	r := rand.New(rand.NewSource(*seed))
	for i := 0; i < *rsGroups; i++ {
		d, p, n := 1+r.Intn(100), 1+r.Intn(60), 1+r.Intn(100)
		code, err := reedsolomon.New(d, p)
		check(err)
		shards := make([][]byte, d+p)
		for k := range shards {
			shards[k] = make([]byte, n)
			if k < d {
				r.Read(shards[k])
			}
		}
		check(code.Encode(shards))
		fmt.Print(d, " ", p)
		for _, shard := range shards {
			fmt.Print(" ", hex.EncodeToString(shard))
		}
		fmt.Println()
	}
}

// wire is a packet connection without a network: it prints what the session writes and reads what is pushed to it.
type wire struct {
	out  *bufio.Writer
	left int
	in   chan []byte
	done chan struct{} // closed when all wanted datagrams are printed
	read chan struct{} // closed when the session has read all that was pushed
}

var nowhere = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}

func (w *wire) ReadFrom(b []byte) (int, net.Addr, error) {
	datagram, ok := <-w.in
	if !ok {
		close(w.read)
		select {}
	}
	return copy(b, datagram), nowhere, nil
}

func (w *wire) WriteTo(b []byte, _ net.Addr) (int, error) {
	if w.left > 0 {
		fmt.Fprintln(w.out, hex.EncodeToString(b))
		w.left--
		if w.left == 0 {
			w.out.Flush()
			close(w.done)
		}
	}
	return len(b), nil
}

func (w *wire) Close() error                     { return nil }
func (w *wire) LocalAddr() net.Addr              { return nowhere }
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

func offline(datagrams int) (*wire, *kcp.UDPSession) {
	w := &wire{out: bufio.NewWriter(os.Stdout), left: datagrams, in: make(chan []byte, 16), done: make(chan struct{}), read: make(chan struct{})}
	s, err := kcp.NewConn3(0x11223344, nowhere, nil, *data, *parity, w)
	check(err)
	s.SetNoDelay(1, 10, 2, 1)
	s.SetWindowSize(4096, 4096)
	return w, s
}

func encode() {
	w, s := offline(*datagrams)
	r := rand.New(rand.NewSource(*seed))
	open := make([]byte, 24) // a WINS segment that announces a window of 4096
	binary.LittleEndian.PutUint32(open, 0x11223344)
	open[4], open[7] = 84, 16
	w.in <- open
	for i := 0; i < *datagrams; i++ {
		message := make([]byte, 1+r.Intn(1300))
		r.Read(message)
		s.Write(message)
	}
	<-w.done
}

func decode() {
	w, s := offline(0)
	go func() {
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			datagram, err := hex.DecodeString(lines.Text())
			check(err)
			w.in <- datagram
		}
		close(w.in)
	}()
	s.SetReadDeadline(time.Now().Add(4 * time.Minute)) // only ends a hung test
	got := make([]byte, *bulk)
	_, err := io.ReadFull(s, got)
	check(err)

	// The session delivers a datagram's data before it counts what that datagram restored.
	<-w.read
	fmt.Println(hex.EncodeToString(got))
	report()
}
