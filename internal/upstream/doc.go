// Package upstream carries calls to other systems: the operations that are
// published through the platform end here.
//
// A [Pool] is one such system under several addresses that answer alike. The
// package promises: an upstream learns from verified headers who calls, and
// nobody else can write them; it never gets the credential that the caller
// showed to the platform; a call is sent a second time only where that changes
// nothing; no connection goes to an address that the operator did not mean,
// whatever a name resolves to; both directions pass in bounded memory.
package upstream
