package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// sessions divides by advisory locks. Each node has one session of its own for them; the lock numbered present, shared, says that
// a node takes part at all, so that all know how many they are.
type sessions struct {
	engine  *postgresEngine
	class   int32
	channel string

	mu      sync.Mutex
	pending map[string]int // what the owner of which part elsewhere has to be told
	some    chan struct{}
	asked   chan struct{} // a name is asked for
}

const present = 1 << 20

// keeper names the locks and the channel after the schema too: one database may hold several platforms.
func (e *postgresEngine) keeper(name string, _ int) keeper {
	h := fnv.New32a()
	_, _ = h.Write([]byte(e.config.RuntimeParams["search_path"] + "/" + name))                             // never fails
	return &sessions{engine: e, class: int32(h.Sum32()), channel: fmt.Sprintf("gatepost_%08x", h.Sum32()), //nolint:gosec // any 32 bits do
		pending: map[string]int{}, some: make(chan struct{}, 1), asked: make(chan struct{}, 1)}
}

func (e *sqliteEngine) keeper(_ string, parts int) keeper { return alone{parts} }

// run keeps sessions open until ctx ends. A session that fails loses its locks; the next one takes anew.
func (k *sessions) run(ctx context.Context, s *Share) error {
	var helpers sync.WaitGroup
	helpers.Go(func() { k.listen(ctx, s) })
	helpers.Go(func() { k.tell(ctx) })
	defer helpers.Wait()
	for ctx.Err() == nil {
		_ = k.session(ctx, s) // what failed is told by whoever needs the database for its own work
		s.lose()
		pause(ctx, shareEvery/2)
	}
	return nil
}

// session owns parts for as long as its connection lives.
func (k *sessions) session(ctx context.Context, s *Share) error {
	conn, err := k.connect(ctx)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), shareTimeout)
		defer cancel()
		_ = conn.Close(closing) // which gives up the locks
	}()
	mine := map[int]bool{}
	if err := k.do(ctx, conn, "SELECT pg_advisory_lock_shared($1, $2)", k.class, int32(present)); err != nil {
		return err
	}
	l := &leaving{left: make(chan []unlock), done: ctx.Done(), names: map[string]bool{}}
	held := map[string]bool{}
	round := time.NewTicker(shareEvery)
	defer round.Stop()
	parts := true // to be looked at, beside the names
	for {
		if parts {
			changed, err := k.balance(ctx, conn, s, mine, l)
			if err != nil {
				return err
			}
			if changed {
				s.own(copied(mine))
			}
		}
		if err := k.names(ctx, conn, s, held, l); err != nil {
			return err
		}
		parts = true
		select {
		case <-ctx.Done():
			return nil
		case locks := <-l.left:
			if err := k.letGo(ctx, conn, locks, l); err != nil {
				return err
			}
		case <-k.asked:
			parts = false // names may be asked for often, one by one
		case <-round.C:
		}
	}
}

// leaving is what a session still holds though this node does not own it any more: work on it has to end first, so that
// the next owner does not do it once more.
type leaving struct {
	left  chan []unlock
	done  <-chan struct{}
	names map[string]bool
}

// unlock is a lock that is to be given up: of a part, or of a name.
type unlock struct {
	part int
	name string
}

// leave waits for the work beside everything else.
func (l *leaving) leave(s *Share, locks []unlock) {
	if len(locks) == 0 {
		return
	}
	go func() {
		s.Leave()
		select {
		case l.left <- locks:
		case <-l.done:
		}
	}()
}

// letGo gives locks up.
func (k *sessions) letGo(ctx context.Context, conn *pgx.Conn, locks []unlock, l *leaving) error {
	var names []string
	for _, one := range locks {
		if one.name != "" {
			names = append(names, one.name)
			continue
		}
		if err := k.do(ctx, conn, "SELECT pg_advisory_unlock($1, $2)", k.class, int32(one.part)); err != nil { //nolint:gosec // a part's number is small
			return err
		}
	}
	for batch := range slices.Chunk(names, maxLocks) {
		if err := k.do(ctx, conn, "SELECT pg_advisory_unlock(lock) FROM unnest($1::bigint[]) AS lock", k.locks(batch)); err != nil {
			return err
		}
		for _, name := range batch {
			delete(l.names, name)
		}
	}
	return nil
}

// maxLocks is how many locks of names are asked for or given up at once.
const maxLocks = 500

// names takes names that are asked for, and gives up those that are not any more. held are those of this session.
func (k *sessions) names(ctx context.Context, conn *pgx.Conn, s *Share, held map[string]bool, l *leaving) error {
	missing, unwanted := s.compare(held)
	locks := make([]unlock, len(unwanted))
	for i, name := range unwanted {
		delete(held, name)
		l.names[name] = true
		locks[i] = unlock{name: name}
	}
	l.leave(s, locks)
	// A session gets its own lock as often as it asks, so first it is given up.
	missing = slices.DeleteFunc(missing, func(name string) bool { return l.names[name] })
	for batch := range slices.Chunk(missing, maxLocks) {
		got, err := k.try(ctx, conn, batch)
		if err != nil {
			return err
		}
		for _, name := range got {
			held[name] = true
		}
		s.got(got...)
	}
	return nil
}

// try asks for the locks of names, and returns the names whose locks this session got.
func (k *sessions) try(ctx context.Context, conn *pgx.Conn, names []string) (got []string, err error) {
	limited, cancel := context.WithTimeout(ctx, shareTimeout)
	defer cancel()
	rows, err := conn.Query(limited, "SELECT number, pg_try_advisory_lock(lock) FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (lock, number)", k.locks(names))
	if err != nil {
		return nil, err
	}
	var number int64 // from 1
	var ours bool
	_, err = pgx.ForEachRow(rows, []any{&number, &ours}, func() error {
		if ours {
			got = append(got, names[number-1])
		}
		return nil
	})
	return got, err
}

func (k *sessions) locks(names []string) []int64 {
	locks := make([]int64, len(names))
	for i, name := range names {
		locks[i] = k.lock(name)
	}
	return locks
}

// lock is the number of a name's lock: 64 bits, in a space of their own.
func (k *sessions) lock(name string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(k.channel + "/" + name)) // never fails
	return int64(h.Sum64())                        //nolint:gosec // any 64 bits do
}

// claim implements keeper: the session looks at once.
func (k *sessions) claim(*Share, string) {
	select {
	case k.asked <- struct{}{}:
	default:
	}
}

// connect opens a session whose end the server notices within seconds, also when the network is cut.
func (k *sessions) connect(ctx context.Context) (*pgx.Conn, error) {
	config := k.engine.config.Copy()
	for name, value := range map[string]string{"tcp_keepalives_idle": "3", "tcp_keepalives_interval": "1", "tcp_keepalives_count": "3", "tcp_user_timeout": "5000"} {
		config.RuntimeParams[name] = value
	}
	limited, cancel := context.WithTimeout(ctx, shareTimeout)
	defer cancel()
	return pgx.ConnectConfig(limited, config)
}

func (k *sessions) do(ctx context.Context, conn *pgx.Conn, q string, args ...any) error {
	limited, cancel := context.WithTimeout(ctx, shareTimeout)
	defer cancel()
	done, err := conn.Query(limited, q, args...)
	if err != nil {
		return err
	}
	done.Close()
	return done.Err()
}

// balance takes or gives up parts so that each node has about as many as the others.
func (k *sessions) balance(ctx context.Context, conn *pgx.Conn, s *Share, mine map[int]bool, l *leaving) (changed bool, err error) {
	nodes, taken, err := k.look(ctx, conn)
	if err != nil {
		return false, err
	}
	fair := (s.parts + nodes - 1) / nodes
	var locks []unlock
	for part := range mine {
		if len(mine) <= fair {
			break
		}
		delete(mine, part)
		locks = append(locks, unlock{part: part})
	}
	if len(locks) > 0 {
		s.own(copied(mine)) // first stop working, then let go
		l.leave(s, locks)
	}
	for part := range s.parts {
		if len(mine) >= fair {
			break
		}
		if taken[part] {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, shareTimeout)
		var got bool
		err := conn.QueryRow(limited, "SELECT pg_try_advisory_lock($1, $2)", k.class, int32(part)).Scan(&got) //nolint:gosec // as above
		cancel()
		if err != nil {
			return changed, err
		}
		if got {
			mine[part] = true
			changed = true
		}
	}
	return changed, nil
}

// look returns how many nodes take part, and which parts have an owner.
func (k *sessions) look(ctx context.Context, conn *pgx.Conn) (nodes int, taken map[int]bool, err error) {
	limited, cancel := context.WithTimeout(ctx, shareTimeout)
	defer cancel()
	locks, err := conn.Query(limited, `SELECT objid::bigint::int FROM pg_locks WHERE locktype = 'advisory' AND granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid = $1::bigint::oid`, int64(uint32(k.class))) //nolint:gosec // an oid is unsigned
	if err != nil {
		return 0, nil, err
	}
	taken = map[int]bool{}
	var part int32
	_, err = pgx.ForEachRow(locks, []any{&part}, func() error {
		if part == present {
			nodes++
		} else {
			taken[int(part)] = true
		}
		return nil
	})
	return max(nodes, 1), taken, err
}

// listen passes on what other nodes tell.
func (k *sessions) listen(ctx context.Context, s *Share) {
	for ctx.Err() == nil {
		conn, err := k.connect(ctx)
		if err == nil {
			err = k.hear(ctx, conn, s)
			_ = conn.Close(context.WithoutCancel(ctx))
		}
		if err != nil {
			pause(ctx, shareEvery)
		}
	}
}

func (k *sessions) hear(ctx context.Context, conn *pgx.Conn, s *Share) error {
	if err := k.do(ctx, conn, "LISTEN "+pgx.Identifier{k.channel}.Sanitize()); err != nil {
		return err
	}
	s.alter() // what was told before is not heard any more
	for {
		news, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		for line := range strings.Lines(news.Payload) {
			number, what, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			if part, err := strconv.Atoi(number); err == nil && (s.Owns(part) || s.Claimed(what)) {
				s.woken(what)
			}
		}
	}
}

// wake implements keeper.
func (k *sessions) wake(part int, what string) {
	k.mu.Lock()
	k.pending[what] = part
	k.mu.Unlock()
	select {
	case k.some <- struct{}{}:
	default:
	}
}

// tellOthers need not wait for the disk: news of a server that crashes is of no use afterwards.
const tellOthers = "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)"

// tell sends news in batches, never inside the transaction that caused them: PostgreSQL lets transactions with news commit
// one at a time.
func (k *sessions) tell(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.some:
		}
		pause(ctx, wakeDelay)
		for _, payload := range k.payloads() {
			limited, cancel := context.WithTimeout(ctx, shareTimeout)
			_, err := k.engine.db.ExecContext(limited, tellOthers, k.channel, payload)
			cancel()
			if err != nil {
				pause(ctx, shareEvery) // the owner looks by itself meanwhile
				break
			}
		}
	}
}

// maxPayload is how much PostgreSQL takes in one notification, with room to spare.
const maxPayload = 7000

// payloads takes what is pending, a line each.
func (k *sessions) payloads() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []string
	var b strings.Builder
	for what, part := range k.pending {
		line := strconv.Itoa(part) + " " + what + "\n"
		if b.Len()+len(line) > maxPayload {
			all = append(all, b.String())
			b.Reset()
		}
		b.WriteString(line)
	}
	clear(k.pending)
	if b.Len() > 0 {
		all = append(all, b.String())
	}
	return all
}

// pause waits, and reports whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func copied(parts map[int]bool) map[int]bool {
	c := make(map[int]bool, len(parts))
	for part := range parts {
		c[part] = true
	}
	return c
}
