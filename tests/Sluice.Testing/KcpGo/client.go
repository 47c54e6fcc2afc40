package main

// The client reads commands, one per line, and answers each with one line:
//
//	frame KEY    sends uint32 length (little-endian) and the key
//	raw HEX      sends these bytes
//	reply        reads one frame and prints its text
//	echo N       sends N messages and expects each back
//	down N       requests N bytes of the pattern
//	up N         sends N bytes of the pattern; the backend reports whether they are right
//	both N       does down and up at the same time
//	ask N        requests N bytes of the pattern and does not read them
//	tail N       expects N bytes of the pattern without a request
//	end          asks the backend to close

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/xtaci/kcp-go"
)

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
		s.SetDeadline(time.Now().Add(4 * time.Minute)) // only ends a hung test
		words := strings.SplitN(lines.Text(), " ", 2)
		fmt.Println(c.obey(words[0], strings.Join(words[1:], "")))
	}
	report()
}
