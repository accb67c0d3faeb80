// Package event declares events: what the platform announces about a change,
// each stated once with its payload, the permission point that a subscriber
// needs and its grade, and keeps what happened: [Log.Emit] records an event in the
// transaction of the change that caused it, together with a delivery for each
// subscription that takes it. Package delivery brings them there.
//
// A name is the one that subscribers register for and find in the envelope. A
// payload holds the fields beside the envelope (EventType, EventTime, CorpId,
// BizId, eventId), in the spelling of the stream and of the HTTP push.
//
// A wrong declaration panics when the table is built, which any test of the
// tree meets.
package event
