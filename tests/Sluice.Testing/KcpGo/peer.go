// A peer for the tests, built on kcp-go.
//
//	peer server  runs a backend that answers requests; see handle
//	peer client  dials and executes commands from standard input; see client.go
//	peer encode, decode, rs  use no network; see offline.go
//
// The last line of the server and the client is a report, printed when their input ends.
//
// A request is one byte and a little-endian uint32 n:
//
//	E  echoes the next n bytes
//	D  returns n bytes of the pattern
//	U  expects the next n bytes to follow the pattern; answers "good" or "bad!"
//	B  does D and U at the same time
//	Q  ends the connection: no further request
package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/xtaci/kcp-go"
	"golang.org/x/crypto/pbkdf2"
)

var (
	address = flag.String("address", "127.0.0.1:0", "address to listen on or to dial")
	data    = flag.Int("data", 0, "data shards")
	parity  = flag.Int("parity", 0, "parity shards")
	turbo   = flag.Bool("turbo", false, "nodelay(1,10,2,1) and windows of 256")
	mtu     = flag.Int("mtu", 1400, "mtu")
	crypt   = flag.String("crypt", "", "kcptun's name for the encryption; empty = no encryption layer")
	key     = flag.String("key", "", "kcptun's shared secret")
	seed    = flag.Int64("seed", 1, "seed of the random numbers")
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

// block derives the key as kcptun does.
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
	report()
}

func report() {
	s := kcp.DefaultSnmp.Copy()
	fmt.Printf("recovered=%d errors=%d checksums=%d\n", s.FECRecovered, s.FECErrs, s.InCsumErrors)
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

func main() {
	if len(os.Args) < 2 {
		fail("server, client, encode, decode or rs")
	}
	flag.CommandLine.Parse(os.Args[2:])
	switch os.Args[1] {
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
	default:
		fail("unknown mode " + os.Args[1])
	}
}
