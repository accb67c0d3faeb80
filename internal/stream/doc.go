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
//   - A ticket opens one connection, on any node, within ninety seconds.
//   - An event goes to one connection of the application, chosen at random among
//     those of the node that delivers. It is delivered when that connection
//     answered. If the connection dies before, the event goes to the next one, at
//     once.
//   - While no connection is there events wait; none is lost and no try is
//     counted.
//   - A callback goes to one connection that subscribed to its topic, or to
//     nobody; it is not kept and not sent twice.
//   - A connection whose other end is gone without a word is noticed within
//     fifteen seconds, and one of an application that was switched off is ended
//     in that time.
//   - Before the platform closes connections it says so, sends nothing more, and
//     waits ten seconds for the client to open another one elsewhere.
package stream
