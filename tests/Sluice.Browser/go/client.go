// A client like those written for the original gateway: the key in a header, the success message as one binary message, then messages out
// and a byte stream in, with an occasional empty ping. It prints each event on one line.
//
//	client ws://GATEWAY/ BACKEND MESSAGES close|drop
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/gorilla/websocket"
)

// stream joins binary messages into one byte stream.
type stream struct {
	connection *websocket.Conn
	message    io.Reader
}

func (s *stream) Read(target []byte) (int, error) {
	for {
		if s.message == nil {
			kind, message, err := s.connection.NextReader()
			if err != nil {
				return 0, err
			}
			if kind != websocket.BinaryMessage {
				return 0, fmt.Errorf("unexpected message type %d", kind)
			}
			s.message = message
		}
		count, err := s.message.Read(target)
		if err != io.EOF {
			return count, err
		}
		s.message = nil
		if count > 0 {
			return count, nil
		}
	}
}

func must(err error) {
	if err != nil {
		fmt.Println("FAILED", err)
		os.Exit(1)
	}
}

func main() {
	connection, _, err := websocket.DefaultDialer.Dial(os.Args[1], http.Header{"server-identify": {os.Args[2]}})
	must(err)
	count, err := strconv.Atoi(os.Args[3])
	must(err)

	kind, welcome, err := connection.ReadMessage()
	if refused, ok := err.(*websocket.CloseError); ok {
		fmt.Println("closed", refused.Code, refused.Text)
		return
	}
	must(err)
	fmt.Println("welcome", kind, string(welcome))

	// The backend echoes each message with its length prefix.
	in := &stream{connection: connection}
	for i := 0; i < count; i++ {
		message := fmt.Sprintf("message %d", i)
		must(connection.WriteMessage(websocket.PingMessage, nil))
		must(connection.WriteMessage(websocket.BinaryMessage, []byte(message)))
		echo := make([]byte, 4+len(message))
		_, err := io.ReadFull(in, echo)
		must(err)
		length := int(echo[0]) | int(echo[1])<<8 | int(echo[2])<<16 | int(echo[3])<<24
		fmt.Println("echo", length, string(echo[4:]))
	}

	if os.Args[4] == "close" {
		must(connection.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")))
		_, _, err = connection.ReadMessage()
		fmt.Println("end", err)
	}
	must(connection.Close())
}
