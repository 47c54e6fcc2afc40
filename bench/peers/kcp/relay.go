package main

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"

	"github.com/xtaci/kcp-go"
)

// The smallest possible relay on kcp-go: a frame with the backend's address, "ok", and two io.Copy. No limits, no timeouts, no log.

var toKcp = flag.Bool("to-kcp", false, "relay: dial the backend over KCP")

const maxKey = 4096

func serve(handle func(*kcp.UDPSession)) {
	listener, err := kcp.ListenWithOptions("127.0.0.1:0", nil, *dataShards, *parityShards)
	must(err, "listen")
	must(listener.SetReadBuffer(listenerBuffer), "receive buffer")
	must(listener.SetWriteBuffer(listenerBuffer), "send buffer")
	fmt.Println("ready", listener.Addr())
	for {
		session, err := listener.AcceptKCP()
		must(err, "accept")
		tune(session)
		go handle(session)
	}
}

func echoSession(client *kcp.UDPSession) {
	io.Copy(client, client)
	client.Close()
}

func relaySession(client *kcp.UDPSession) {
	defer client.Close()
	key, err := readFrame(client)
	if err != nil {
		return
	}
	backend, err := dialBackend(string(key))
	if err != nil {
		client.Write(frame("error unreachable"))
		return
	}
	defer backend.Close()
	if _, err := client.Write(frame("ok")); err != nil {
		return
	}
	ended := make(chan struct{}, 2)
	relay := func(to io.Writer, from io.Reader) {
		io.Copy(to, from)
		ended <- struct{}{}
	}
	go relay(backend, client)
	go relay(client, backend)
	<-ended
}

func dialBackend(address string) (net.Conn, error) {
	if !*toKcp {
		return net.Dial("tcp", address)
	}
	session, err := kcp.DialWithOptions(address, nil, *dataShards, *parityShards)
	if err != nil {
		return nil, err
	}
	tune(session)
	return session, nil
}

// A frame is a little-endian uint32 length, followed by that many bytes.

func frame(text string) []byte {
	bytes := make([]byte, 4, 4+len(text))
	binary.LittleEndian.PutUint32(bytes, uint32(len(text)))
	return append(bytes, text...)
}

func readFrame(from io.Reader) ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(from, head); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(head)
	if length == 0 || length > maxKey {
		return nil, errors.New("bad frame")
	}
	text := make([]byte, length)
	_, err := io.ReadFull(from, text)
	return text, err
}
