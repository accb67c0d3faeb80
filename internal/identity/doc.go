// Package identity knows who is calling: access tokens of applications and of
// people, tickets, single-use sign-in codes, and the sessions of the console.
//
// Invariants:
//   - A token names its kind and carries a digest under the platform's key, so
//     a forged one is refused without a database read.
//   - A token's expiry, owner and end stand in one row. Each node keeps rows it
//     has seen and drops those of a corp whose revision moved; a row that seems
//     expired is read again before the caller is refused, because a repeated
//     request for a token prolongs the same token on another node.
//   - All times are the corp's (package clock), except those of console
//     sessions, which are real: moving a corp's clock signs nobody out.
//   - A code works once, for the application and the corp it was made for.
//
// Wire facts: auth.md §1–§7, semantics.md §4.
package identity
