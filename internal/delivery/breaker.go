package delivery

import "time"

// breaker keeps a receiver that fails as a whole from being tried for every
// event: it opens after ten failures in a row, or when half of the last fifty
// tries failed. Then one delivery is tried after five seconds, and after each
// failure twice as long, up to five minutes. One success closes it.
type breaker struct {
	row    int      // failures in a row
	recent [50]bool // of the last tries, which failed
	seen   int
	wait   time.Duration // 0: closed
	until  time.Time     // no try before
	probe  bool          // a try is under way while open
}

const (
	breakRow   = 10
	breakFirst = 5 * time.Second
	breakMost  = 5 * time.Minute
)

// room is how many of want tries may begin now, and when to ask again if none.
func (b *breaker) room(now time.Time, want int) (n int, again time.Time) {
	switch {
	case b.wait == 0:
		return want, time.Time{}
	case b.probe:
		return 0, time.Time{} // its result wakes
	case now.Before(b.until):
		return 0, b.until
	}
	return min(want, 1), time.Time{}
}

// began notes that tries began.
func (b *breaker) began() { b.probe = b.wait > 0 }

// none notes that a try ended of which the receiver never heard.
func (b *breaker) none() { b.probe = false }

// note takes the result of a try. It reports whether the breaker opened.
func (b *breaker) note(now time.Time, failed bool) (opened bool) {
	b.probe = false
	if b.wait > 0 {
		if !failed {
			*b = breaker{}
			return false
		}
		b.wait = min(2*b.wait, breakMost)
		b.until = now.Add(b.wait)
		return false
	}
	b.recent[b.seen%len(b.recent)] = failed
	b.seen++
	if !failed {
		b.row = 0
		return false
	}
	b.row++
	if b.row < breakRow && (b.seen < len(b.recent) || b.failures() < len(b.recent)/2) {
		return false
	}
	b.wait, b.until = breakFirst, now.Add(breakFirst)
	return true
}

func (b *breaker) failures() (n int) {
	for _, failed := range b.recent {
		if failed {
			n++
		}
	}
	return n
}
