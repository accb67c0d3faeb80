// Command bench is what a call costs before any platform is added: a plain handler of net/http or of fasthttp that reads
// the request and answers the bytes of a file, or the same through a transport of the platform. scripts/bench.sh measures
// Gatepost beside it.
package main

import (
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"

	"github.com/valyala/fasthttp"
)

const kind = "application/json;charset=UTF-8"

func main() {
	server := flag.String("server", "nethttp", "whose handler: nethttp or fasthttp, or through a transport of the platform: carrier-nethttp or carrier-own")
	listen := flag.String("listen", "127.0.0.1:0", "address to answer on")
	file := flag.String("body", "", "file whose bytes are the answer")
	address := flag.String("upstream", "", "with a transport of the platform: carry calls to this address instead of answering")
	flag.Parse()

	body, err := os.ReadFile(*file)
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	switch *server {
	case "nethttp":
		log.Fatal(http.Serve(l, plain(body)))
	case "fasthttp":
		log.Fatal(fasthttp.Serve(l, fast(body)))
	case "carrier-nethttp", "carrier-own":
		log.Fatal(serve(l, *server == "carrier-own", *address, body))
	default:
		log.Fatalf("no server %q", *server)
	}
}

func plain(body []byte) http.Handler {
	length := []string{strconv.Itoa(len(body))}
	kind := []string{kind}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		header := w.Header()
		header["Content-Length"] = length
		header["Content-Type"] = kind
		_, _ = w.Write(body) // the client is gone; there is nobody to tell
	})
}

func fast(body []byte) fasthttp.RequestHandler {
	return func(c *fasthttp.RequestCtx) {
		c.SetContentType(kind)
		c.SetBody(body)
	}
}
