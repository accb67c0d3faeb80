// Package delivery brings events to those who subscribed to them.
//
// A delivery is a row that is there exactly until it was accepted or given up.
// Each subscription has one owner among the nodes, who reads its rows without
// claiming them and keeps in memory what is under way; when an owner dies,
// another one reads the same rows again. So nothing is ever lost, a restart
// costs the time of a read, and what was under way when an owner died may
// arrive twice: receivers recognise it by the event's id.
//
// # Promises
//
//   - Every event whose change was committed is delivered at least once to each
//     subscription that was on or paused then, or is given up after about three
//     days of failures and kept, with the reason, until it is delivered again or
//     forgotten. Without failures it is delivered exactly once.
//   - Events of one object arrive at an ordered subscription in the order of the
//     changes: the next one is sent when the one before was accepted or given up.
//   - A subscription that fails or hangs delays no other.
//   - While the receiver as a whole fails, tries are few (see breaker) and none
//     of an event's tries are used up by it.
package delivery
