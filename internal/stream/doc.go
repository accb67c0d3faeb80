// Package stream tells applications of events over connections that they open
// themselves, so that no application needs an address of its own.
//
// A client exchanges its credentials for a ticket, opens a WebSocket with it,
// and answers each frame that it is sent. Frames, tickets and what counts as an
// answer are those of the public platform, with what its four official clients
// do differently (stream.md).
//
// # Promises
//
//   - An event goes to one connection of the application, chosen at random. It
//     is delivered when that connection answered. If the connection dies before,
//     the event goes to the next one, at once.
//   - While no connection is there events wait; none is lost and no try is
//     counted.
//   - A connection whose other end is gone without a word is noticed within
//     fifteen seconds.
//   - Before the platform closes connections it says so, sends nothing more, and
//     waits ten seconds for the client to open another one elsewhere.
package stream
