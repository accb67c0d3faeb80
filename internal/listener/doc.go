// Package listener answers on the platform's address. Calls that come over
// HTTP/1.1, plain or in TLS, it reads and answers itself, for half of what
// net/http takes; every other request it hands to net/http with its connection,
// at the boundary between two requests and with what was read already: pages,
// HTTP/2, HTTP/1.0, switches of protocols, and whatever is spelt unusually.
//
// It promises to understand every request as net/http does, or to refuse it:
// package nethttp is the reference, and the same table of requests is put to
// both. A connection serves one request at a time, in bounded memory; a slow
// peer is waited for in bounded time.
package listener
