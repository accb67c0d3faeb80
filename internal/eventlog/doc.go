// Package eventlog is what developers and administrators do with the log of
// events that package event keeps: they look at events and at what became of
// each delivery, pause and resume subscriptions, have a part of the log told
// again, take up what was given up, and fetch events themselves where nothing
// can be brought to them (pull). It also keeps the log in bounds and compares it
// with itself.
//
// # Promises
//
//   - A replay makes deliveries in the order of the events, at most 1,000 in a
//     transaction together with how far it came: whichever node dies, none is
//     left out and none made twice. What is still to be delivered is left as it
//     is. A replay to a test group touches no other subscription.
//   - What is fetched stays until it is confirmed by id; a fetch without
//     confirmation shows the same again.
//   - The retention removes no event that somebody has still to be told of, and
//     no trace of an event that the comparison looks at.
package eventlog
