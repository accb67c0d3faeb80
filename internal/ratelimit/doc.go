// Package ratelimit is flow control: how often what may be called.
//
// A [Rule] bounds the calls of a subject within a window. Level 1 bounds an app
// by day, and an operation across apps by second, minute and day, within a corp
// or, with the corp left empty, on the whole platform. Level 2 bounds one app:
// all it calls, one operation, or a named group of operations. A [Package] is an
// amount of calls granted to an app for a time.
//
// A default is one rule with many counts: of each app ([EachApp]), of each
// operation ([EachOperation]), or of both. Of the rules that say the same of a
// call the most exact holds: the one of the app and the operation, then the
// app's, then the corp's default, then the platform's. A platform begins with
// the number that the public one states, as a shadow.
//
// # Promises
//
//   - [Limits.Take] checks every rule and package of a call and charges all of
//     them or none: a refused call is charged nowhere.
//   - Changing a rule acts on this node at once and on others within a second,
//     and never resets its count.
//   - Windows are fixed. Seconds and minutes begin at full ones, days at midnight
//     in the corp's time zone, all by the corp's clock. A clock moved into
//     another window opens that one with a count of zero.
//   - A shadow rule counts, is told in a header, and refuses nothing.
//   - Of several packages that fit a call the one that ends soonest is charged.
//     An app that was given packages for an operation is prepaid for it: when
//     none has anything left, its calls are refused until the next is granted or
//     the old ones are removed.
//
// # One node and many
//
// One node counts exactly, writes its counts to the database every five seconds
// and when it stops, and goes on from there; a crash forgets five seconds.
//
// Many nodes count in shared state (package kv). A node may admit a slack of
// calls, a hundredth of the limit divided by the nodes, at least one, before it
// has told of them, so no call waits for shared state as long as it answers
// within the time in which the slack is used. At most nodes × slack calls are
// admitted beyond a limit. A node that has used up its slack asks once more
// before it refuses. The last nodes × slack calls of a window, and the second
// half of a limit below a hundred a node, are counted in shared state before
// they are admitted, so that ordinarily a limit is met exactly. Shadow rules are
// not asked for: of seconds each node counts its own, of minutes and days all
// know within a second.
//
// While shared state fails each node goes on with its part of what was left:
// the remainder divided by the nodes last seen. A node that was never told how
// many others there are takes itself for the only one.
//
// Packages are charged in the database in the same manner.
package ratelimit
