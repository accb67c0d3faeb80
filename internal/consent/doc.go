// Package consent is the page at /oauth2/auth, where people sign in to let an
// application act for them.
//
// The page decides nothing. What it shows and what it is told are calls of the
// console's authorization operations, made through the gateway as any other, so
// they are checked, limited and recorded there. Package identity has the rules.
//
// Promises:
//
//   - A browser is sent on only where an operation says, which is an address that
//     the application has registered; whatever else is wrong is told on the page.
//   - The page has no scripts, is in no frame and in no cache, and takes forms of
//     its own site alone. A decision carries the sealed question it answers.
//
// Wire facts: auth.md §6.
package consent
