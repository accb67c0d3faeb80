// Package channel is the client data channel: calls over a WebSocket whose every
// frame is encrypted under keys of the session, on whatever transport.
//
// A client that knows the platform's channel key opens a session by a handshake
// of two HPKE exchanges (RFC 9180): one to the platform's key, which no other
// server can answer, and one to a key that the client made for this session, so
// that whoever learns the platform's key later still cannot read what was said.
// What they export is the session's secret. Calls and answers go as frames
// sealed by AES-256-GCM, and each call takes the path of every other:
// credential, permission, limits, masks and log are the gateway's.
//
// Promises:
//
//   - Nobody between the two ends reads a credential, a path, a header or a body,
//     or changes, repeats, leaves out or reorders a frame without ending the
//     session, which tells the reason.
//   - Keys are replaced every hour by a new exchange, without a pause for the
//     calls under way; the old ones are destroyed.
//   - A session serves one credential: the first that a call in it brought.
//   - A session that is idle or too old ends, and so does one that does not take
//     part in replacing its keys. What a session may hold is bounded.
package channel
