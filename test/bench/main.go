// Command bench is what a call costs before any platform is added: a plain net/http handler that reads the request and
// answers the bytes of a file. scripts/bench.sh measures Gatepost beside it.
package main

import (
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to answer on")
	file := flag.String("body", "", "file whose bytes are the answer")
	flag.Parse()

	body, err := os.ReadFile(*file)
	if err != nil {
		log.Fatal(err)
	}
	length := []string{strconv.Itoa(len(body))}
	kind := []string{"application/json;charset=UTF-8"}
	answer := func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		header := w.Header()
		header["Content-Length"] = length
		header["Content-Type"] = kind
		_, _ = w.Write(body) // the client is gone; there is nobody to tell
	}

	l, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(l, http.HandlerFunc(answer)))
}
