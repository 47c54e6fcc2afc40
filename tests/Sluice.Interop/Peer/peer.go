// A peer for the tests of the KCP gate, on kcp-go: "peer server" is a backend, "peer client" a client of the gateway.
//
// The client obeys lines on its standard input and answers each with one line:
//
//	frame KEY    sends uint32 length (little-endian) and the key
//	raw HEX      sends these bytes
//	reply        reads one frame and prints its text
//	echo N       N messages come back as they are
//	down N       N bytes of the pattern come back
//	up N         N bytes of the pattern are sent, and the backend says whether they are right
//	both N       the two at the same time
//	ask N        asks for N bytes of the pattern and does not read them
//	tail N       N bytes of the pattern come unasked
//	end          asks the backend to close
//
// A request to the backend is one byte and a little-endian uint32 n.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/xtaci/kcp-go"
	"golang.org/x/crypto/pbkdf2"
)

var (
	address = flag.String("address", "127.0.0.1:0", "to listen on or to dial")
	data    = flag.Int("data", 0, "data shards")
	parity  = flag.Int("parity", 0, "parity shards")
	turbo   = flag.Bool("turbo", false, "nodelay(1,10,2,1) and windows of 256")
	mtu     = flag.Int("mtu", 1400, "mtu")
	seed    = flag.Int64("seed", 1, "of the echo messages")
	crypt   = flag.String("crypt", "", "kcptun's name of the encryption; empty = none of it")
	key     = flag.String("key", "", "kcptun's shared secret")
)

func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*7 + i>>8 + (i>>16)*13 + n)
	}
	return p
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

// As kcptun makes it.
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
}

func handle(s net.Conn) {
	header := make([]byte, 5)
	for {
		if _, err := io.ReadFull(s, header); err != nil {
			return
		}
		n := int(binary.LittleEndian.Uint32(header[1:]))
		written := make(chan bool, 1)
		switch header[0] {
		case 'E':
			if _, err := io.CopyN(s, s, int64(n)); err != nil {
				return
			}
		case 'D':
			s.Write(pattern(n))
		case 'U', 'B':
			if header[0] == 'B' {
				go func() { s.Write(pattern(n)); written <- true }()
			} else {
				written <- true
			}
			got := make([]byte, n)
			if _, err := io.ReadFull(s, got); err != nil {
				return
			}
			<-written
			if bytes.Equal(got, pattern(n)) {
				s.Write([]byte("good"))
			} else {
				s.Write([]byte("bad!"))
			}
		default:
			return
		}
	}
}

type client struct {
	s              *kcp.UDPSession
	sent, received int
}

func (c *client) write(b []byte) {
	_, err := c.s.Write(b)
	check(err)
}

func (c *client) read(n int) []byte {
	b := make([]byte, n)
	if got, err := io.ReadFull(c.s, b); err != nil {
		fail(fmt.Sprint(err, " after ", got, " of ", n, " bytes"))
	}
	return b
}

func (c *client) request(op byte, n int) {
	header := make([]byte, 5)
	header[0] = op
	binary.LittleEndian.PutUint32(header[1:], uint32(n))
	c.write(header)
	c.sent += len(header)
}

func (c *client) expect(what string, want []byte) {
	got := c.read(len(want))
	for i := range want {
		if got[i] != want[i] {
			fail(fmt.Sprint(what, ": wrong byte at ", i, " of ", len(want)))
		}
	}
	c.received += len(want)
}

func (c *client) obey(command, argument string) string {
	n, _ := strconv.Atoi(argument)
	switch command {
	case "frame":
		frame := make([]byte, 4, 4+len(argument))
		binary.LittleEndian.PutUint32(frame, uint32(len(argument)))
		c.write(append(frame, argument...))
	case "raw":
		b, err := hex.DecodeString(argument)
		check(err)
		c.write(b)
	case "reply":
		length := binary.LittleEndian.Uint32(c.read(4))
		if length > 1000 {
			fail(fmt.Sprint("a reply of ", length, " bytes"))
		}
		return string(c.read(int(length)))
	case "echo":
		for i := 0; i < n; i++ {
			message := make([]byte, 1+rand.Intn(200))
			rand.Read(message)
			c.request('E', len(message))
			c.write(message)
			c.sent += len(message)
			c.expect("echo", message)
		}
	case "down":
		c.request('D', n)
		c.expect("down", pattern(n))
	case "up", "both":
		op := byte('U')
		if command == "both" {
			op = 'B'
		}
		c.request(op, n)
		written := make(chan bool, 1)
		go func() { c.write(pattern(n)); written <- true }()
		if op == 'B' {
			c.expect("both", pattern(n))
		}
		<-written
		c.sent += n
		c.expect("verdict", []byte("good"))
	case "ask":
		c.request('D', n)
	case "tail":
		c.expect("tail", pattern(n))
	case "end":
		c.request('Q', 0)
	default:
		fail("unknown command " + command)
	}
	return fmt.Sprint("done ", c.sent, " ", c.received)
}

func dial() {
	s, err := kcp.DialWithOptions(*address, block(), *data, *parity)
	check(err)
	tune(s)
	rand.Seed(*seed)
	c := &client{s: s}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		s.SetDeadline(time.Now().Add(4 * time.Minute)) // against hangs alone
		words := strings.SplitN(lines.Text(), " ", 2)
		fmt.Println(c.obey(words[0], strings.Join(words[1:], "")))
	}
}

func main() {
	if len(os.Args) < 2 {
		fail("server or client")
	}
	flag.CommandLine.Parse(os.Args[2:])
	if os.Args[1] == "server" {
		serve()
	} else {
		dial()
	}
}
