package suite

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Lives of tickets. The documents of today say that a ticket comes about every five
// hours, those of the first generation every twenty minutes. Clients of either are
// served: it comes as often as the one says and is good for as long as the other.
const (
	ticketEvery = 20 * time.Minute
	ticketLife  = 5 * time.Hour
)

// number is the number of the ticket that is present at a time.
func number(at time.Time) int64 { return at.UnixMilli() / ticketEvery.Milliseconds() }

// macDigits is how much of a ticket is its digest, in hex.
const macDigits = 32

// ticket is the text of one of a suite's tickets: its digest and its number.
func (s *Suites) ticket(key id.App, n int64) string {
	digits := strconv.FormatInt(n, 36)
	return hex.EncodeToString(encryption.MAC(s.key, "ticket", string(key), digits))[:macDigits] + digits
}

// Present returns the ticket of a suite at this moment and when it ends.
func (s *Suites) Present(suite Suite) (text string, ends time.Time) {
	n := number(s.clk.At(suite.Corp))
	return s.ticket(suite.Key, n), time.UnixMilli(n * ticketEvery.Milliseconds()).Add(ticketLife)
}

// Ticket refuses a text that is no ticket of the suite, or one that has ended, with
// SuiteTicketWrong. Between nodes whose clocks differ a ticket may be one ahead.
func (s *Suites) Ticket(suite *app.App, text string) error {
	now := number(s.clk.At(suite.Corp))
	refusal := apierror.SuiteTicketWrong.With("suite", suite.Key)
	if len(text) <= macDigits {
		return refusal.Want("a suiteTicket of this suite").Got("%d 个字符", len(text))
	}
	n, err := strconv.ParseInt(text[macDigits:], 36, 64)
	if err != nil || subtle.ConstantTimeCompare([]byte(text), []byte(s.ticket(suite.Key, n))) != 1 {
		return refusal.Want("a suiteTicket of this suite").Got("%d 个字符", len(text))
	}
	if n > now+1 || now-n >= int64(ticketLife/ticketEvery) {
		made := time.UnixMilli(n * ticketEvery.Milliseconds()).Local().Format(time.DateTime)
		return refusal.Want("a suiteTicket of the last %s", ticketLife).Got("one of %s", made)
	}
	return nil
}

// Run announces each suite's ticket when it is time, until ctx ends. Every node
// does; the first that writes a ticket down is the one that announces it.
func (s *Suites) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var known []Suite
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			// What could not be done is tried again a second later.
			if s.stale.Swap(false) {
				var err error
				if known, err = s.all(ctx); err != nil {
					s.stale.Store(true)
				}
			}
			s.announceDue(ctx, known)
		}
	}
}

func (s *Suites) all(ctx context.Context) ([]Suite, error) {
	return store.View(ctx, s.db, func(tx *store.Tx) ([]Suite, error) { return store.All(tx, everySuite, scanSuite) })
}

func (s *Suites) announceDue(ctx context.Context, known []Suite) {
	for _, suite := range known {
		if suite.ticket == number(s.clk.At(suite.Corp)) {
			continue
		}
		if err := s.Push(ctx, suite); err != nil {
			return // the database is away; the next second tries all of them again
		}
	}
}

// Push announces the suite's present ticket unless that was done.
func (s *Suites) Push(ctx context.Context, suite Suite) error {
	_, err := store.Update(ctx, s.db, func(tx *store.Tx) (struct{}, error) { return struct{}{}, s.announceTicket(tx, suite) })
	if err != nil {
		return fmt.Errorf("announce the ticket of %s: %w", suite.Key, err)
	}
	return nil
}

func (s *Suites) announceTicket(tx *store.Tx, suite Suite) error {
	now := s.clk.At(suite.Corp)
	n := number(now)
	rows, err := tx.Exec(noteTicket, suite.Corp, suite.Agent, n)
	if err != nil || rows == 0 {
		return err
	}
	tx.Touch(topic)
	_, err = s.events.EmitTo(tx, suite.Corp, suite.Agent, event.SuiteTicket, "suite:"+string(suite.Key),
		&event.Ticket{Suite: suite.Key, At: now.UnixMilli(), Ticket: s.ticket(suite.Key, n)})
	return err
}

const (
	everySuite store.SQL = `/* all corps: tickets are for every vendor */ /* full scan: few suites, all wanted */
		SELECT corp, agent, suite, number, app_number, scopes, activates, ticket, created_at FROM suites`
	// A clock that was moved back makes an earlier ticket the present one.
	noteTicket store.SQL = `/* aside: no answer tells which ticket was announced */
		UPDATE suites SET ticket = $3 WHERE corp = $1 AND agent = $2 AND ticket <> $3`
)
