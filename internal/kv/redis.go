package kv

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Scripts, because each has to be one step.
const (
	countText = `
local n = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) == -1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return n`
	prolongText = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`
	removeText = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`
)

const (
	silence = 500 * time.Millisecond // after which nothing is expected any more
	spared  = 250 * time.Millisecond // how long nobody is made to wait for the same
)

// patience spares callers the wait for a Redis that has just kept another waiting for nothing. One that refuses
// connections needs none: it says so at once.
type patience struct {
	until atomic.Int64 // Unix ms
}

func (*patience) DialHook(next redis.DialHook) redis.DialHook { return next }

func (*patience) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (p *patience) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if time.Now().UnixMilli() < p.until.Load() {
			cmd.SetErr(errSilent)
			return errSilent
		}
		err := next(ctx, cmd)
		if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() && ctx.Err() == nil {
			p.until.Store(time.Now().Add(spared).UnixMilli())
		}
		return err
	}
}

var errSilent = errors.New("it has just kept another call waiting")

// shared is a Store in Redis 6.2 or later.
type shared struct {
	client                 *redis.Client
	count, extend, discard *redis.Script
}

// Redis returns a Store in the Redis at url, redis://user:password@host:port/database, once it has answered. Keys begin
// with "gatepost:". The server must not evict keys: maxmemory-policy noeviction.
func Redis(ctx context.Context, url string) (Store, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("kv: the Redis URL is not of the form redis://user:password@host:port/database") // err shows the password
	}
	// Upgrade notices are for managed clusters; asking for them fails on every plain server.
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	// Whoever asks has somebody waiting: an answer within a moment, or none. Without ContextTimeoutEnabled the deadlines of
	// callers would hold for the pool alone.
	options.ContextTimeoutEnabled = true
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = silence, silence, silence, silence
	options.MaxRetries, options.DialerRetries = 1, 1
	client := redis.NewClient(options)
	client.AddHook(&patience{})
	if err := client.Ping(ctx).Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("kv: connect to Redis at %s: %w", options.Addr, err), client.Close())
	}
	return &shared{
		client:  client,
		count:   redis.NewScript(countText),
		extend:  redis.NewScript(prolongText),
		discard: redis.NewScript(removeText),
	}, nil
}

func (s *shared) Get(ctx context.Context, key string) (string, error) {
	val, err := s.client.Get(ctx, prefix+key).Result()
	return val, failed("get", err)
}

func (s *shared) Set(ctx context.Context, key, val string, ttl time.Duration) error {
	if ttl < time.Millisecond {
		return errTTL
	}
	return failed("set", s.client.Set(ctx, prefix+key, val, ttl).Err())
}

func (s *shared) Add(ctx context.Context, key, val string, ttl time.Duration) (bool, error) {
	if ttl < time.Millisecond {
		return false, errTTL
	}
	err := s.client.SetArgs(ctx, prefix+key, val, redis.SetArgs{Mode: "NX", TTL: ttl}).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, failed("add", err)
}

func (s *shared) Take(ctx context.Context, key string) (string, error) {
	val, err := s.client.GetDel(ctx, prefix+key).Result()
	return val, failed("take", err)
}

func (s *shared) Count(ctx context.Context, key string, by int64, ttl time.Duration) (int64, error) {
	if ttl < time.Millisecond {
		return 0, errTTL
	}
	n, err := s.count.Run(ctx, s.client, []string{prefix + key}, by, ttl.Milliseconds()).Int64()
	return n, failed("count", err)
}

func (s *shared) Delete(ctx context.Context, key string) error {
	return failed("delete", s.client.Del(ctx, prefix+key).Err())
}

func (s *shared) Lease(ctx context.Context, name string, ttl time.Duration) (*Lease, error) {
	return acquire(ctx, s, s, name, ttl)
}

func (s *shared) prolong(ctx context.Context, key, val string, ttl time.Duration) (bool, error) {
	n, err := s.extend.Run(ctx, s.client, []string{prefix + key}, val, ttl.Milliseconds()).Int64()
	return n == 1, failed("renew", err)
}

func (s *shared) remove(ctx context.Context, key, val string) (bool, error) {
	n, err := s.discard.Run(ctx, s.client, []string{prefix + key}, val).Int64()
	return n == 1, failed("release", err)
}

// Close closes the connections; entries live on in Redis.
func (s *shared) Close() error {
	if err := s.client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return failed("close", err)
	}
	return nil
}

// failed gives the client's errors our names.
func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, redis.Nil):
		return ErrNone
	case errors.Is(err, redis.ErrClosed):
		return ErrClosed
	}
	return fmt.Errorf("kv: %s: %w: %w", what, ErrAway, err)
}
