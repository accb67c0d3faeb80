package ratelimit

import (
	"strconv"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
)

// verdict is what is known of a call while it is weighed.
type verdict struct {
	now   time.Time // real
	lacks *meter    // has used up its slack: shared state is to be told before it can be decided
	last  bool      // for one of the last calls of its window: room is to be reserved
	held  holds     // room that was reserved for this call
	purse *meter    // the package to charge

	tight       string // id of the rule with the fewest calls left
	limit, rest int64  // of it; rest -1: nothing counts the call
	reset       time.Time

	refused *Rule    // nil: admitted
	prepaid *Package // of several exhausted ones the last; with it refused is nil
	used    int64
	until   time.Time // real: when the refusing window ends; zero: waiting does not help
	shadow  []string  // ids of the shadow rules that would have refused
}

// weighAll looks whether there is room for one more call in every window.
func (v *verdict) weighAll(l *Limits, meters []*meter, now time.Time, alone bool) {
	for _, m := range meters {
		m.roll(now)
		used, most := m.used(), m.limit()
		end := time.UnixMilli(m.counter.end)
		ahead := now.Sub(v.now)
		switch {
		case m.rule.Shadow:
			if used >= most {
				m.counter.shadowed++
				v.shadow = append(v.shadow, m.rule.ID)
			}
		case v.held.has(m):
			v.tighter(m.rule, most, most-used, end, ahead)
		case used >= most:
			v.refuse(m.rule, used, end, ahead)
		case l.closing(m, alone):
			v.lacks, v.last = m, true
		case m.counter.pending >= l.slack(m, alone):
			if alone || l.down.Load() {
				v.refuse(m.rule, used, end, ahead)
			} else {
				v.lacks, v.last = m, false
			}
		default:
			v.tighter(m.rule, most, most-used-1, end, ahead)
		}
	}
}

// weighPurses finds the package to charge. A call for which there are packages
// is refused when none of them has anything left.
func (v *verdict) weighPurses(l *Limits, purses []*meter, now time.Time, alone bool) {
	for _, m := range purses {
		p := m.pack
		if now.Before(p.StartsAt) || !now.Before(p.EndsAt) || m.used() >= p.Amount {
			continue
		}
		if m.counter.pending >= l.slack(m, alone) {
			if !alone {
				v.lacks, v.last = m, false
				return
			}
			continue
		}
		v.purse = m
		if rest := p.Amount - m.used() - 1; v.rest < 0 || rest < v.rest {
			v.tight, v.limit, v.rest, v.reset = p.ID, p.Amount, rest, p.EndsAt.Add(v.now.Sub(now))
		}
		return
	}
	if len(purses) > 0 {
		v.prepaid = purses[len(purses)-1].pack
		v.lacks = nil
	}
}

// tighter notes a rule with fewer calls left than those before. The end of a
// window is by a clock that is ahead of the real time.
func (v *verdict) tighter(r *Rule, limit, rest int64, end time.Time, ahead time.Duration) {
	if v.rest < 0 || rest < v.rest {
		v.tight, v.limit, v.rest, v.reset = r.ID, limit, rest, end.Add(-ahead)
	}
}

// refuse notes a refusal. Of several the one counts that lasts longest, or the
// advice to try again would be wrong.
func (v *verdict) refuse(r *Rule, used int64, end time.Time, ahead time.Duration) {
	if until := end.Add(-ahead); v.refused == nil || until.After(v.until) {
		v.refused, v.used, v.until = r, used, until
	}
}

// answer is the verdict as the gateway takes it. Times in it are shown by the
// corp's clock, which is ahead of the real time; the headers tell real time.
func (v *verdict) answer(ahead time.Duration) (head [][2]string, err error) {
	switch {
	case v.prepaid != nil:
		p := v.prepaid
		err = apierror.PackageUsed.With("rule", p.ID, "limit", p.Amount).
			Want("有余量且在有效期内的流量包").Got("已用完或不在有效期内的流量包")
		head = header(p.Amount, 0, p.EndsAt.Add(-ahead), p.ID)
	case v.refused != nil:
		err = v.refusal(ahead)
		head = header(v.refused.Max, 0, v.until, v.refused.ID)
	case v.rest >= 0:
		head = header(v.limit, v.rest, v.reset, v.tight)
	}
	if v.shadow != nil {
		head = append(head, [2]string{"X-RateLimit-Shadow", strings.Join(v.shadow, ",")})
	}
	return head, err
}

// header tells a limit, what is left of it, when it is whole again in Unix
// seconds, and the rule or package.
func header(limit, rest int64, reset time.Time, rule string) [][2]string {
	return append(make([][2]string, 0, 8), // with room for the gateway's own
		[2]string{"X-RateLimit-Limit", strconv.FormatInt(limit, 10)},
		[2]string{"X-RateLimit-Remaining", strconv.FormatInt(rest, 10)},
		[2]string{"X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10)},
		[2]string{"X-RateLimit-Rule", rule})
}

func (v *verdict) refusal(ahead time.Duration) error {
	after := v.until.Sub(v.now)
	r := v.refused
	row := r.row()
	refusal := row.With("limit", r.Max, "after", after.Milliseconds(), "rule", r.ID, "window", string(r.Window),
		"reset", v.until.Add(ahead).UTC().Format("2006-01-02 15:04:05Z")).Retry(after)
	switch r.Window {
	case Second:
		return refusal.Want("每秒最多 %d 次", r.Max).Got("本秒的第 %d 次", v.used+1)
	case Minute:
		return refusal.Want("每分钟最多 %d 次", r.Max).Got("本分钟的第 %d 次", v.used+1)
	default:
		return refusal.Want("每天最多 %d 次", r.Max).Got("今天的第 %d 次", v.used+1)
	}
}

// row is how a refusal by the rule is told, in the codes that clients know.
func (r *Rule) row() *apierror.Error {
	switch {
	case r.Agent == 0 && r.Corp == "":
		return apierror.OperationLimited
	case r.Agent == 0:
		return apierror.CorpOperationLimited
	case r.Window == Day:
		return apierror.QuotaUsed
	case r.Window == Minute:
		return apierror.AppMinuteLimited
	}
	return apierror.Throttled
}
