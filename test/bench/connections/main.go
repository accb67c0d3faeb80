// Command connections opens connections to a server, makes one request on each, and keeps them open until its standard
// input ends. It prints a line when all are there. scripts/bench.sh looks meanwhile at what the server takes for them.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
)

func main() {
	address := flag.String("address", "", "host and port of the server")
	path := flag.String("path", "/", "path to ask for")
	count := flag.Int("count", 10_000, "how many connections")
	flag.Parse()

	open := make([]net.Conn, *count)
	for i := range open {
		var err error
		if open[i], err = ask(*address, *path); err != nil {
			log.Fatalf("connection %d: %v", i, err)
		}
	}
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
	for _, c := range open {
		_ = c.Close()
	}
}

// ask makes a request and reads the answer, and leaves the connection open.
func ask(address, path string) (net.Conn, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, address); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return c, err
}
