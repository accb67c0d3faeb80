package eventlog

import (
	"context"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

func (d *Desk) consoleHealth() []op.Operation {
	return []op.Operation{
		op.Console("event.health", d.health, op.Spec{Title: "查询事件日志的核对结果", TitleEN: "Health of the event log", As: op.Admin, Verb: op.Read,
			Doc: "What comparing events with deliveries and tries found last, which happens every hour: missing is the number of events of which fewer subscriptions have a trace than were to be told, and should be 0. Events older than the retention are not compared. keep tells the retention."}),
		op.Console("event.audit", d.auditNow, op.Spec{Title: "立即核对事件日志", TitleEN: "Compare the event log now", As: op.Admin, Verb: op.Write,
			Doc: "Compares as event.health tells, now. The events of the last minute are left for the next time."}),
	}
}

type eventUntraced struct {
	EventID string     `json:"eventId" grade:"R1"`
	Name    event.Name `json:"name" grade:"R1"`
	Object  string     `json:"object" grade:"R1"`
	Told    int64      `json:"told" grade:"R1"`
	Traced  int64      `json:"traced" grade:"R1"`
}

type eventKeep struct {
	EventDays   int64 `json:"eventDays" grade:"R1"`
	AttemptDays int64 `json:"attemptDays" grade:"R1"`
	DeadDays    int64 `json:"deadDays" grade:"R1"`
	Rows        int64 `json:"rows" grade:"R1"`
}

type eventHealthResponse struct {
	CheckedAt int64           `json:"checkedAt,omitzero" grade:"R1"` // absent: it was never compared
	Since     int64           `json:"since,omitzero" grade:"R1"`     // events up to this time are compared no longer
	Checked   int64           `json:"checked" grade:"R1"`
	Missing   int64           `json:"missing" grade:"R1"`
	Examples  []eventUntraced `json:"examples"`
	Keep      eventKeep       `json:"keep"`
}

func (d *Desk) health(ctx context.Context, who op.Caller, _ *op.None) (*eventHealthResponse, error) {
	f, err := d.Found(ctx, who.Corp)
	if err != nil {
		return nil, err
	}
	return d.found(&f), nil
}

func (d *Desk) auditNow(ctx context.Context, who op.Caller, _ *op.None) (*eventHealthResponse, error) {
	f, err := d.CompareCorp(ctx, who.Corp)
	if err != nil {
		return nil, err
	}
	return d.found(&f), nil
}

func (d *Desk) found(f *Found) *eventHealthResponse {
	answer := &eventHealthResponse{CheckedAt: millis(f.At), Since: since(f.Since), Checked: f.Checked, Missing: f.Missing,
		Keep: eventKeep{int64(d.Keep.Events.Hours() / 24), int64(d.Keep.Attempts.Hours() / 24), int64(d.Keep.Dead.Hours() / 24), d.Keep.Rows}}
	for _, u := range f.Examples {
		answer.Examples = append(answer.Examples, eventUntraced{text(u.Event), u.Name, u.Object, u.Told, u.Traced})
	}
	return answer
}

// since is when an event happened, in milliseconds; 0 for none.
func since(e id.Event) int64 {
	if e == 0 {
		return 0
	}
	return madeAt(e).UnixMilli()
}
