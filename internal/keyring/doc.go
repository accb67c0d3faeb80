// Package keyring keeps the keys under which the database is sealed.
//
// # Keys
//
// The master key, which is not in the database, wraps all others. Under it
// stands one root key, from which the platform derives what must not change
// when the master key does: digests of tokens, open ids, the platform's own
// index. Each corp has data keys, of which one is active, and one index key.
//
// A row that is sealed names its data key by number in the column key_id, and
// holds the sealed fields in the column sealed; key_id 0 is a row of an older
// version that is not sealed yet. What was sealed opens only in its [Place]:
// the associated data are corp, table, column and row.
//
// # Rotation
//
// [Ring.Rotate] makes a new data key active. Rows under the older ones stay
// readable, and [Ring.Run] seals them anew in small steps, each a transaction of
// its own that also holds the lease by which one node of several does the work.
// Whoever is killed loses the step that was not committed, no more.
//
// A wrapped key is never removed before its corp: a node that has not heard of
// a rotation may seal under the old key for a moment, and the next step finds
// the row.
//
// # Promises
//
//   - A change of keys is known to every node within half a second, and a row
//     under a key that a node has not heard of is read all the same.
//   - Opening costs a map read and one AES-GCM; no statement is run for a corp
//     whose keys were read before.
//   - A blind index finds equal values only, of one corp and one column. It is
//     not rotated: it says no more than that two values are equal.
package keyring
