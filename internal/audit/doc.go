// Package audit is the chapter of the request log: every call that was
// answered, what it was, who made it, which step refused it and why, and what
// would let it through.
//
// A call is handed over by [Log.Record], which never waits: calls stand in a
// bounded queue, and [Log.Run] writes them in batches. When calls come faster
// than the database takes them the oldest are given up, counted and warned of;
// a platform that stops answering in order to remember is of no use. A call can
// be found at most a second after it was answered.
//
// # What is kept
//
// The path without its query, because the v1 dialect carries tokens there; no
// bodies, no headers, no secrets. Of a refusal the rule and the values that its
// text names, so that each reader is told in their own language. A call that
// led to no corp, such as one with a forged token, is kept apart and found by
// its id alone: whoever holds the id made the call, or was given it by who did.
//
// # How it is kept
//
// A row of the database is a segment: the calls of one corp within one minute, as
// far as one batch brought them. What calls have in common (the operation, who
// called, the path, how it ended) stands in it once, and of each call only where
// these are, its id, its times and its sizes: some 20 bytes for a program's calls
// and 70 for those of many people. Beside it stand the counts by app and outcome,
// and a filter of what a search may find, so that a search opens few of them.
// Segments of many nodes overlap, but none leaves its minute; while the log is
// swept those of a past minute are put together.
//
// What the console reads leaves no trace in it, or watching the log would be what
// fills it. Rows go when they are older than the retention's age or more than its
// count in their corp.
//
// # Repair
//
// A refusal may carry a repair: grant a permission point, allow an address,
// allow a redirect URL. It is applied by an administrator of the corp whose
// call it was, through the same rules as if it were done by hand.
//
// Times are real times: a moved clock changes what a corp's data says, not when
// a call was made.
package audit
