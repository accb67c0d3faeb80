package audit

import "sync"

// queue holds the calls that are not written yet, at most as many as it has
// room for. It prefers new calls to old ones: somebody looks for what happened
// just now.
type queue struct {
	some chan struct{} // a call came
	many chan struct{} // a batch is complete

	mu    sync.Mutex
	room  []*Call // a ring
	first int
	held  int
	lost  int64
}

func newQueue(room int) *queue {
	return &queue{some: make(chan struct{}, 1), many: make(chan struct{}, 1), room: make([]*Call, room)}
}

// push adds a call, in place of the oldest when there is no room.
func (q *queue) push(c *Call) {
	q.mu.Lock()
	if q.held == len(q.room) {
		q.first = (q.first + 1) % len(q.room)
		q.held--
		q.lost++
	}
	q.room[(q.first+q.held)%len(q.room)] = c
	q.held++
	complete := q.held >= batchSize
	q.mu.Unlock()
	wake(q.some)
	if complete {
		wake(q.many)
	}
}

// take removes the oldest calls, at most n.
func (q *queue) take(n int) []*Call {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := make([]*Call, min(n, q.held))
	for i := range taken {
		taken[i], q.room[q.first] = q.room[q.first], nil
		q.first = (q.first + 1) % len(q.room)
	}
	q.held -= len(taken)
	return taken
}

// putBack returns what was taken and could not be written, as far as newer
// calls have left room.
func (q *queue) putBack(taken []*Call) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := len(taken) - 1; i >= 0; i-- {
		if q.held == len(q.room) {
			q.lost += int64(i + 1)
			return
		}
		q.first = (q.first + len(q.room) - 1) % len(q.room)
		q.room[q.first] = taken[i]
		q.held++
	}
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.held
}

// given is how many calls were given up so far.
func (q *queue) given() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lost
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
