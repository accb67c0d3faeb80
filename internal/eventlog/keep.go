package eventlog

import "time"

// Keep bounds the log.
type Keep struct {
	Events   time.Duration // events, with what became of them
	Attempts time.Duration // tries
	Dead     time.Duration // what was given up, and its events; at least LeastDead
	Rows     int64         // events of a company; the oldest go first
}

// LeastDead is how long what was given up is kept at least.
const LeastDead = 7 * 24 * time.Hour

// DefaultKeep is a week of everything, and ten million events of a company.
func DefaultKeep() Keep {
	const week = 7 * 24 * time.Hour
	return Keep{Events: week, Attempts: week, Dead: week, Rows: 10_000_000}
}
