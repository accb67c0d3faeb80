// Package publish puts other systems' APIs behind the platform: groups of
// operations, described by an OpenAPI document, that applications call with the
// tokens, permission points, limits and masks of the platform's own.
//
// A group belongs to a corp, or to the platform's operator, and has one upstream.
// Its versions stand side by side under /apis/{group}/{version}/…. A version has a
// draft, the document as it was sent with settings for single operations, and
// publications, numbered copies of a draft that never change. One of them is live,
// or none.
//
// Promises:
//
//   - No operation is published without a grade that somebody stated. Grades and
//     masks are suggested by verb and field names and never taken silently.
//   - A version's next publication takes nothing away from those who call it,
//     unless whoever publishes confirms that by the group's name.
//   - A change holds on this node when the call that made it is answered, and on
//     every node within a second.
//   - A stored document that this version cannot read is not offered, and is told
//     in the log and in the list of groups; it never keeps a node from starting.
//   - What a mask has to see and cannot read, and what the document does not
//     declare, is refused and not passed on.
package publish
