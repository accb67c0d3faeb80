package platform

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/gatepost/gatepost/internal/channel"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/store"
)

// The channel key is a setting, sealed by the master key: every node has the
// same, and clients that pinned it find it after a restart.
const (
	channelSetting = "channel.key"
	channelOwner   = "channel key"
)

func (p *Platform) channelLimits() channel.Limits {
	l := channel.DefaultLimits()
	l.Rekey = cmp.Or(p.Config.Rekey, l.Rekey)
	return l
}

// channelKey reads the channel key, and draws it when there is none.
func (p *Platform) channelKey(ctx context.Context, box *encryption.Box) (*channel.Key, error) {
	made, err := channel.NewKey()
	if err != nil {
		return nil, err
	}
	secret, err := made.Bytes()
	if err != nil {
		return nil, fmt.Errorf("keep the channel key: %w", err)
	}
	sealed := base64.StdEncoding.EncodeToString(box.Seal(base64.StdEncoding.EncodeToString(secret), channelOwner))
	text, err := store.Update(ctx, p.DB, func(tx *store.Tx) (string, error) {
		text, err := store.One(tx, selectSetting, scanSetting, channelSetting)
		if !errors.Is(err, store.ErrNone) {
			return text, err
		}
		if _, err := tx.Exec(insertSetting, channelSetting, sealed); err != nil {
			return "", err
		}
		return store.One(tx, selectSetting, scanSetting, channelSetting) // another node may have been first
	})
	if err != nil {
		return nil, fmt.Errorf("read the channel key: %w", err)
	}
	return openChannelKey(box, text)
}

func openChannelKey(box *encryption.Box, text string) (*channel.Key, error) {
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("read the channel key: %w", err)
	}
	plain, err := box.Open(sealed, channelOwner)
	if err != nil {
		return nil, fmt.Errorf("open the channel key: %w", err)
	}
	secret, err := base64.StdEncoding.DecodeString(plain)
	if err != nil {
		return nil, fmt.Errorf("read the channel key: %w", err)
	}
	return channel.ParseKey(secret)
}

const insertSetting store.SQL = `INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`

func scanSetting(r store.Row) (s string, err error) { return s, r.Scan(&s) }
