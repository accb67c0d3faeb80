// Package tunnel carries callbacks to a developer's machine over a connection
// that the machine opened, so that it needs no address of its own.
//
// Somebody who listens opens a tunnel for an app and connects with the ticket
// that comes of it. A tunnel is a subscription of its own: the app's others are
// told as before, and of several tunnels each is told everything. What goes
// through it is the HTTP request that package callback would send, made by it;
// the listener sends it to a server on the machine, and what that answers goes
// back and is judged by package callback.
//
// # Promises
//
//   - While nobody listens events wait, and no try is counted. What was not
//     answered when a connection died goes over the next one.
//   - A tunnel has one connection. A newer one takes its place, also from another
//     node, within seconds.
//   - A tunnel that was not asked to be kept is removed when the listener leaves,
//     or ten minutes after it was lost; a kept one after seven days without a
//     listener.
//   - A ticket lets one connection in, within a minute.
package tunnel
