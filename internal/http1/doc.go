// Package http1 reads and writes HTTP/1.1 messages, for both ends of a call:
// what callers send and what upstreams answer.
//
// It reads strictly. Where two programs on the way of a message could disagree
// on where it ends or what it says, the message is refused and not repaired:
// request smuggling lives on repairs (RFC 9112 §11). Of what it accepts it
// understands exactly what net/http understands; a fuzz test compares the two.
package http1
