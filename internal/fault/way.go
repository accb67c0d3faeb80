package fault

import (
	"context"
	"fmt"
	"time"

	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
)

// Around returns way with the faults that are set for what it carries. Where none
// is set it costs a look into a map.
func (f *Faults) Around(way delivery.Way) delivery.Way { return &broken{Way: way, faults: f} }

// Mortal is a way over connections, of which one can be made to swallow all that
// is sent over it until whoever delivers notices.
type Mortal interface {
	// Deaden does that to a connection of the subscription; false if there is none.
	Deaden(s *event.Subscription) bool
}

type broken struct {
	delivery.Way
	faults *Faults
}

// Send implements delivery.Way. What no fault hits is sent together and first.
func (b *broken) Send(ctx context.Context, s *event.Subscription, batch []event.Delivery) []delivery.Answer {
	list := b.faults.of(ctx, s.Corp)
	if len(list) == 0 {
		return b.Way.Send(ctx, s, batch)
	}
	answers := make([]delivery.Answer, len(batch))
	hits := make([]*Fault, len(batch))
	var whole []event.Delivery
	for i := range batch {
		if hits[i] = b.faults.hit(ctx, list, s, &batch[i]); hits[i] == nil {
			whole = append(whole, batch[i])
		}
	}
	if len(whole) > 0 {
		sent := b.Way.Send(ctx, s, whole)
		b.faults.passed(s)
		for i := range batch {
			if hits[i] == nil {
				answers[i], sent = sent[0], sent[1:]
			}
		}
	}
	for i, one := range hits {
		if one != nil {
			answers[i] = b.inflict(ctx, s, batch[i:i+1:i+1], one)
			answers[i].Injected = string(one.Kind)
		}
	}
	return answers
}

// inflict makes one try as a fault has it.
func (b *broken) inflict(ctx context.Context, s *event.Subscription, one []event.Delivery, by *Fault) delivery.Answer {
	switch by.Kind {
	case Drop:
		return delivery.Answer{Outcome: event.Failed, Text: "dropped on purpose: nothing was sent"}
	case Delay:
		return delivery.Answer{Outcome: event.Later, Hold: by.By, Text: fmt.Sprintf("put off on purpose, for %s", by.By)}
	case Reorder:
		return b.behind(ctx, s, one, by)
	case HalfDead:
		return b.swallow(ctx, s, one)
	case LostAck, Duplicate, Slow:
	}
	a := b.Way.Send(ctx, s, one)[0]
	b.faults.passed(s)
	switch {
	case a.Nobody:
	case by.Kind == Duplicate:
		b.Way.Send(ctx, s, one) // whatever becomes of it: what counts is the first one's answer
	case by.Kind == Slow && !wait(ctx, by.By):
		return late()
	case by.Kind == LostAck && a.Outcome == event.Accepted:
		a.Outcome, a.Text = event.Failed, "sent and accepted; the acknowledgement was dropped on purpose"
	}
	return a
}

func late() delivery.Answer {
	return delivery.Answer{Outcome: event.Failed, Text: "no answer within the time limit"}
}

// wait reports whether by passed before ctx ended.
func wait(ctx context.Context, by time.Duration) bool {
	timer := time.NewTimer(by)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// behind sends a delivery when another one of its subscription was sent, or when
// none came in the fault's time. Waiting is not a receiver's: its time limit
// begins afterwards.
func (b *broken) behind(ctx context.Context, s *event.Subscription, one []event.Delivery, by *Fault) delivery.Answer {
	next := b.faults.next(s)
	patience := time.NewTimer(by.By)
	defer patience.Stop()
	select {
	case <-next:
	case <-patience.C:
		b.faults.passed(s)
	case <-b.faults.leaving:
		b.faults.passed(s)
		return delivery.Answer{Nobody: true}
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Timeout)
	defer cancel()
	return b.Way.Send(limited, s, one)[0]
}

// next is closed when another delivery of the subscription was sent.
func (f *Faults) next(s *event.Subscription) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if held := f.held[place{s.Corp, s.ID}]; held != nil {
		return held
	}
	done := make(chan struct{}) // it was sent already
	close(done)
	return done
}

// swallow has a connection die without a word and sends as always. To a way
// without connections it is a receiver that takes what is sent and never answers.
func (b *broken) swallow(ctx context.Context, s *event.Subscription, one []event.Delivery) delivery.Answer {
	if m, ok := b.Way.(Mortal); ok {
		m.Deaden(s)
		return b.Way.Send(ctx, s, one)[0]
	}
	<-ctx.Done()
	return late()
}
