// Package callback carries events to applications by HTTP: POST of an encrypted
// and signed JSON object to the address that the application registered, which
// answers with the encrypted word "success".
//
// Envelope, encryption and time limits are those of the public platform
// (events.md §1–§4, checked against its official samples).
package callback
