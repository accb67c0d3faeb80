// Package platform is the whole: it builds every package in order, opens the
// listeners, and closes everything in order. It is the only place that knows
// who answers the gateway's questions.
//
// It also has what concerns the platform itself rather than one subject: its
// set-up, its corps, their clocks, and the demonstration company.
package platform
