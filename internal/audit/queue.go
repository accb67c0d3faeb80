package audit

import "sync"

// queue holds the calls that are not written yet, at most as many as it has
// room for. It prefers new calls to old ones: somebody looks for what happened
// just now.
type queue struct {
	some chan struct{} // a call came
	many chan struct{} // a batch is complete

	most int // calls

	mu    sync.Mutex
	room  []Call // a ring
	first int
	held  int
	lost  int64
}

func newQueue(most int) *queue {
	return &queue{some: make(chan struct{}, 1), many: make(chan struct{}, 1), most: most, room: make([]Call, min(most, 256))}
}

// push adds a call, in place of the oldest when there is no room.
func (q *queue) push(c *Call) {
	q.mu.Lock()
	if q.held == len(q.room) {
		q.grow()
	}
	if q.held == len(q.room) {
		q.first = (q.first + 1) % len(q.room)
		q.held--
		q.lost++
	}
	q.room[(q.first+q.held)%len(q.room)] = *c
	q.held++
	complete := q.held == batchSize
	q.mu.Unlock()
	wake(q.some)
	if complete {
		wake(q.many)
	}
}

// grow doubles the room, as far as it may.
func (q *queue) grow() {
	more := min(2*len(q.room), q.most)
	if more == len(q.room) {
		return
	}
	room := make([]Call, more)
	n := copy(room, q.room[q.first:])
	copy(room[n:], q.room[:q.first])
	q.room, q.first = room, 0
}

// take moves the oldest calls, at most n, to the end of a list.
func (q *queue) take(list []Call, n int) []Call {
	q.mu.Lock()
	defer q.mu.Unlock()
	n = min(n, q.held)
	for range n {
		list = append(list, q.room[q.first])
		q.room[q.first] = Call{}
		q.first = (q.first + 1) % len(q.room)
	}
	q.held -= n
	return list
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
