// Package signature computes the signatures that callers make, so that they can
// be verified. It is arithmetic on strings: who signs, with which secret, when,
// and whether a signature came before, is the matter of package identity.
//
// Every scheme has two halves. The canonical string is what is signed; it never
// holds the secret, so it can be shown to a caller whose signature differs. The
// signature is made of the canonical string and the secret.
//
//	scheme                signs                                source
//	TOP (three digests)   sorted parameters, raw body          topsign.md §3
//	government            method, time, nonce, path, sorted    exclusive-gov.md §3
//	                      parameters
//	GP-HMAC-SHA256        all of the request, see below        this document
//	SNS, ISV              a timestamp, a suite's ticket        auth.md §6.1, §9
//	JSAPI                 a page's address                     auth.md §8
//
// # GP-HMAC-SHA256
//
// Our own scheme leaves nothing of a request unsigned. The canonical string is
// these lines, joined by "\n", without one at the end:
//
//	GP-HMAC-SHA256
//	METHOD                        in capitals
//	PATH                          as sent, percent-encoding included; without query
//	QUERY                         see below; empty when there is none
//	TIMESTAMP                     milliseconds since 1970, 13 digits
//	NONCE                         8 to 64 of A–Z a–z 0–9 _ - .
//	BODY                          SHA-256 of the body's bytes in lower-case hex,
//	                              of no bytes when there is none
//
// QUERY is every parameter of the query, decoded, encoded again with all but
// A–Z a–z 0–9 - _ . ~ as %XX in capitals, written name=value, sorted by name in
// the order of bytes, joined by "&". So it does not matter how a client or a
// proxy encodes, and it does matter what it says. A name given twice is not
// signed at all: which of the two counts would be anybody's guess.
//
// The signature is lower-case hex(HMAC-SHA256(secret, canonical string)). None
// of the lines can hold a line end, so no two requests have one canonical string.
package signature
