// Package secid gives applications ids of their own for people and corps: Open
// Security IDs.
//
// An application with the switch is told its own ids in every answer and has to
// use them in every request; no handler knows of it. An id is a text of at most
// 64 characters that tells its kind, and nothing else to whoever has not the
// platform's key: it is the platform's id, encrypted deterministically (AES-SIV,
// RFC 5297) under a key of the application and the kind.
//
// Promises:
//
//   - One thing has one id in one application, always; nobody but the platform
//     can tell which ids of two applications are of one thing.
//   - An id that another application was told is refused as such, whichever
//     application and thing it is of; one that was made up is refused as
//     malformed. The answers differ in nothing else.
//   - Ids outlive every rotation of the master key: their root key is drawn once,
//     kept sealed, and only sealed anew.
//   - An application without the switch pays a comparison for all of this.
package secid
