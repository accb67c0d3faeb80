// Package trail is the chapter of disclosures: who saw, or changed, which graded
// fields of whom, in a chain that shows when it was tampered with.
//
// A [Record] is one call whose answer held fields of grade R2 of somebody
// unmasked, or that changed them. The records of a corp are numbered from 1 and
// chained: each holds the SHA-256 of its contents, which contain the hash of the
// one before. A [Seal] signs the hash of one record with the platform's Ed25519
// key, and thereby all before it.
//
// # Promises
//
//   - What an administrator or operator saw in the console, what somebody
//     changed, and what was seen of a protected person by a waiver is committed
//     before the answer leaves. Where that fails, the answer is refused.
//   - What applications read is committed within 200 ms of the answer. A crash
//     of the process loses at most these; when more wait than there is room for,
//     the call itself writes, so nothing is given up.
//   - A changed, missing, doubled, moved or inserted record is found, with its
//     number. So is a chain that was computed anew, by the seals. A chain whose
//     end was cut together with its seals is found by whoever holds a later seal:
//     an export, or the output of `gatepost audit seal`.
//   - Records that are older than the retention are removed from the front. A
//     signed [Tombstone] says how many and with which hash they ended, and the
//     chain goes on from there.
//
// There is one chain for each corp, whichever node answered: two nodes that
// write at once are put in order by the database. Times are real times. Ids are
// those of the platform.
package trail
