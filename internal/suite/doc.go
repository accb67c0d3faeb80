// Package suite is the chapter of vendors: applications that one corp makes and
// many corps open.
//
// A [Suite] is an application of its vendor's corp with a key of another form
// (SuiteKey), the permission points that it asks for, and a ticket that is new
// every twenty minutes. A corp opens it by an [Authorization]: then there is an
// application of it in that corp, with a visible range and permission points of
// that corp's choice and without a secret. The vendor gets tokens for it by the
// suite's secret and ticket.
//
// # Promises
//
//   - What a vendor is told (tickets, temporary codes, changes, ends) is recorded
//     in the transaction of the change, in the vendor's corp. It is so however the
//     change came about: by an operation on suites, or on the opened application.
//   - Events of a corp that opened the suite reach its vendor as well, as far as
//     the opened application may see: its subscription stands in that corp.
//   - A temporary code is good for five minutes and once. What it is exchanged
//     for stays the same until the corp ends the authorization.
//   - A ticket is accepted for five hours from its making, so that a new one does
//     not make calls fail which are under way. It is computed, not stored: which
//     one is present follows from the clock of the vendor's corp.
//   - When a corp ends an authorization its tokens are refused at once.
package suite
