// A peer for the tests of Sluice.Kcp: speaks a tiny protocol over kcp-go, as server or as client.
//
// A request is one byte and a little-endian uint32 n:
//
//	E  the next n bytes come back as they are
//	U  the next n bytes follow the pattern; the answer is "good" or "bad!"
//	D  n bytes of the pattern come back
//
// "peer encode" prints the datagrams of a session that gets no answer, in hex; "peer decode" reads such lines, feeds them to a session
// and prints the stream that comes out. Neither uses the network.
//
// "peer rs" prints random Reed-Solomon groups instead, for comparison.
package main

import (
	"bufio"
	"crypto/sha1"
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
	"golang.org/x/crypto/pbkdf2"
)

var (
	address   = flag.String("address", "127.0.0.1:0", "to listen on or to dial")
	data      = flag.Int("data", 0, "data shards")
	parity    = flag.Int("parity", 0, "parity shards")
	turbo     = flag.Bool("turbo", false, "nodelay(1,10,2,1) and windows of 256")
	mtu       = flag.Int("mtu", 1400, "mtu")
	crypt     = flag.String("crypt", "", "kcptun's name of the encryption")
	key       = flag.String("key", "", "pass phrase")
	echoes    = flag.Int("echoes", 20, "client: echo messages")
	bulk      = flag.Int("bulk", 100000, "client: bytes each way")
	datagrams = flag.Int("datagrams", 200, "encode: datagrams")
	rsGroups  = flag.Int("groups", 100, "rs: groups")
	rsSeed    = flag.Int64("seed", 1, "rs, encode: seed")
)

func patternByte(i int) byte { return byte(i*7 + i>>8) }

func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = patternByte(i)
	}
	return p
}

func block() kcp.BlockCrypt {
	if *crypt == "" {
		return nil
	}
	pass := pbkdf2.Key([]byte(*key), []byte("kcp-go"), 4096, 32, sha1.New)
	var b kcp.BlockCrypt
	var err error
	switch *crypt {
	case "aes":
		b, err = kcp.NewAESBlockCrypt(pass)
	case "aes-128":
		b, err = kcp.NewAESBlockCrypt(pass[:16])
	case "aes-192":
		b, err = kcp.NewAESBlockCrypt(pass[:24])
	case "3des":
		b, err = kcp.NewTripleDESBlockCrypt(pass[:24])
	case "xor":
		b, err = kcp.NewSimpleXORBlockCrypt(pass)
	case "none":
		b, err = kcp.NewNoneBlockCrypt(pass)
	default:
		fail("unknown encryption " + *crypt)
	}
	check(err)
	return b
}

func tune(s *kcp.UDPSession) {
	if *turbo {
		s.SetNoDelay(1, 10, 2, 1)
		s.SetWindowSize(256, 256)
	}
	s.SetMtu(*mtu)
}

func fail(why string) {
	fmt.Println("FAILED", why)
	os.Exit(1)
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func report() {
	s := kcp.DefaultSnmp.Copy()
	fmt.Printf("recovered=%d errors=%d checksums=%d\n", s.FECRecovered, s.FECErrs, s.InCsumErrors)
}

func serve() {
	l, err := kcp.ListenWithOptions(*address, block(), *data, *parity)
	check(err)
	fmt.Println("port", l.Addr().(*net.UDPAddr).Port)
	go func() {
		for {
			s, err := l.AcceptKCP()
			if err != nil {
				return
			}
			tune(s)
			go handle(s)
		}
	}()
	io.Copy(io.Discard, os.Stdin) // the test closes it when it is done
	report()
}

func handle(s net.Conn) {
	header := make([]byte, 5)
	for {
		if _, err := io.ReadFull(s, header); err != nil {
			return
		}
		n := int(binary.LittleEndian.Uint32(header[1:]))
		switch header[0] {
		case 'E':
			if _, err := io.CopyN(s, s, int64(n)); err != nil {
				return
			}
		case 'U':
			got := make([]byte, n)
			if _, err := io.ReadFull(s, got); err != nil {
				return
			}
			answer := "good"
			if string(got) != string(pattern(n)) {
				answer = "bad!"
			}
			s.Write([]byte(answer))
		case 'D':
			s.Write(pattern(n))
		default:
			fail("unknown request")
		}
	}
}

func request(s net.Conn, op byte, n int) {
	header := make([]byte, 5)
	header[0] = op
	binary.LittleEndian.PutUint32(header[1:], uint32(n))
	_, err := s.Write(header)
	check(err)
}

func dial() {
	s, err := kcp.DialWithOptions(*address, block(), *data, *parity)
	check(err)
	tune(s)
	s.SetDeadline(time.Now().Add(100 * time.Second))
	for i := 0; i < *echoes; i++ {
		message := make([]byte, 1+rand.Intn(200))
		rand.Read(message)
		request(s, 'E', len(message))
		_, err := s.Write(message)
		check(err)
		answer := make([]byte, len(message))
		_, err = io.ReadFull(s, answer)
		check(err)
		if string(answer) != string(message) {
			fail("echo differs")
		}
	}
	request(s, 'D', *bulk)
	got := make([]byte, *bulk)
	_, err = io.ReadFull(s, got)
	check(err)
	if string(got) != string(pattern(*bulk)) {
		fail("download differs")
	}
	request(s, 'U', *bulk)
	_, err = s.Write(pattern(*bulk))
	check(err)
	answer := make([]byte, 4)
	_, err = io.ReadFull(s, answer)
	check(err)
	if string(answer) != "good" {
		fail("upload differs")
	}
	fmt.Println("done")
	report()
}

func printGroups() {
	r := rand.New(rand.NewSource(*rsSeed))
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

// A packet connection without a network: what the session writes is printed, what is pushed is read.
type wire struct {
	out  *bufio.Writer
	left int
	in   chan []byte
	done chan struct{}
}

var nowhere = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}

func (w *wire) ReadFrom(b []byte) (int, net.Addr, error) {
	datagram, ok := <-w.in
	if !ok {
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
	w := &wire{out: bufio.NewWriter(os.Stdout), left: datagrams, in: make(chan []byte, 16), done: make(chan struct{})}
	s, err := kcp.NewConn3(0x11223344, nowhere, nil, *data, *parity, w)
	check(err)
	s.SetNoDelay(1, 10, 2, 1)
	s.SetWindowSize(4096, 4096)
	return w, s
}

func encode() {
	w, s := offline(*datagrams)
	r := rand.New(rand.NewSource(*rsSeed))
	open := make([]byte, 24) // WINS: a window of 4096
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
	}()
	s.SetReadDeadline(time.Now().Add(20 * time.Second))
	got := make([]byte, *bulk)
	_, err := io.ReadFull(s, got)
	check(err)
	fmt.Println(hex.EncodeToString(got))
	report()
}

func main() {
	if len(os.Args) < 2 {
		fail("server, client or rs")
	}
	mode := os.Args[1]
	flag.CommandLine.Parse(os.Args[2:])
	switch mode {
	case "server":
		serve()
	case "client":
		dial()
	case "encode":
		encode()
	case "decode":
		decode()
	case "rs":
		printGroups()
	}
}
