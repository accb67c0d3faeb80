// Package fault breaks deliveries on purpose, in sandbox corps, so that a
// developer sees what an application does when events are lost, late, doubled or
// out of order.
//
// A [Fault] names whose deliveries it is about — an app, a subscription, some
// events — how many of them it hits, and until when. [Faults.Around] puts faults
// between whoever delivers and a way; neither knows of them.
//
// # Promises
//
//   - Only sandbox and demonstration corps have faults, and each ends by itself.
//   - Every try that a fault hit says so in the log of tries, by the fault's kind.
//   - Nothing is lost: a fault makes a try fail, wait or happen twice, and the
//     delivery goes on as after any other try.
//   - The order of an object's events is kept as without faults: what is held back
//     or late holds back what follows it.
//   - Where a fault hits a part of the tries, which ones follows from its seed and
//     their number, counted for each subscription since the node that delivers
//     learned of the fault.
//   - "The next n" are counted in the database, so that all nodes together hit n.
//   - A change holds on this node when the call that made it is answered, and on
//     every node within a second.
package fault
