package platform

import (
	"context"
	"fmt"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// keyOperations are what may be asked about the keys of sealed data.
func (p *Platform) keyOperations() []op.Operation {
	return []op.Operation{
		op.Console("key.status", p.keyStatus, op.Spec{Title: "查看数据密钥", TitleEN: "Read the state of the data key",
			Doc: "Which data key of the company is active, and how many rows of each sealed table still stand under older ones, which stay readable.", As: op.Admin, Verb: op.Read}),
		op.Console("key.rotate", p.keyRotate, op.Spec{Title: "轮换数据密钥", TitleEN: "Rotate the data key",
			Doc: "Makes a new data key for the company. Rows are sealed anew in the background, by one node at a time; a node that is killed is continued by the next.", As: op.Admin, Verb: op.Manage}),
		op.Console("key.rotateAll", p.keyRotateAll, op.Spec{Title: "轮换所有企业的数据密钥", TitleEN: "Rotate the data keys of all companies",
			Doc: "key.rotate for every company of the platform.", As: op.Operator, Verb: op.Manage}),
	}
}

type keyStatusResponse struct {
	CorpID id.Corp    `json:"corpId" grade:"R1"`
	Key    int64      `json:"key"    grade:"R1"`
	Since  int64      `json:"since"  grade:"R1"`
	Done   bool       `json:"done"   grade:"R1"`
	Tables []keyTable `json:"tables"`
}

type keyTable struct {
	Table string `json:"table" grade:"R1"`
	Older int64  `json:"older" grade:"R1"`
	Rows  int64  `json:"rows"  grade:"R1"`
}

func (p *Platform) keyStatus(ctx context.Context, who op.Caller, _ *op.None) (*keyStatusResponse, error) {
	s, err := p.Keys.Status(ctx, who.Corp)
	if err != nil {
		return nil, err
	}
	r := &keyStatusResponse{CorpID: s.Corp, Key: s.Key, Since: s.Since.UnixMilli(), Done: true, Tables: []keyTable{}}
	for _, t := range s.Tables {
		r.Done = r.Done && t.Older == 0
		r.Tables = append(r.Tables, keyTable{t.Table, t.Older, t.All})
	}
	return r, nil
}

type keyRotateResponse struct {
	Key int64 `json:"key" grade:"R1"`
}

func (p *Platform) keyRotate(ctx context.Context, who op.Caller, _ *op.None) (*keyRotateResponse, error) {
	n, err := p.Keys.Rotate(ctx, who.Corp)
	return &keyRotateResponse{n}, err
}

type keyRotateAllResponse struct {
	Corps int `json:"corps" grade:"R1"`
}

func (p *Platform) keyRotateAll(ctx context.Context, _ op.Caller, _ *op.None) (*keyRotateAllResponse, error) {
	n, err := p.Keys.RotateAll(ctx)
	return &keyRotateAllResponse{n}, err
}

// Rewrap wraps every key in db under the master key in the file next instead of
// the one that c leads to, and returns how many there are. The file is made, with
// a new key, if it is not there. Where the master key is in the data directory it
// is replaced afterwards; whoever is interrupted runs it again.
func Rewrap(ctx context.Context, c config.Config, db *store.DB, next string) (int, error) {
	from, err := encryption.ReadKey(string(c.MasterKey), c.Data)
	if err != nil {
		return 0, err
	}
	to, err := encryption.LoadFile(next)
	if err != nil {
		return 0, err
	}
	n, err := keyring.Rewrap(ctx, db, from, to)
	if err != nil || c.MasterKey != "" {
		return n, err
	}
	if err := encryption.ReplaceKey(c.Data, to); err != nil {
		return n, fmt.Errorf("every key is under the new master key, which is in %s, but the data directory still has the old one: %w", next, err)
	}
	return n, nil
}

// CheckMaster fails unless the master key that c leads to is the one under which
// db is sealed. It makes none.
func CheckMaster(ctx context.Context, c config.Config, db *store.DB) error {
	master, err := encryption.ReadKey(string(c.MasterKey), c.Data)
	if err != nil {
		return err
	}
	return keyring.Check(ctx, db, master)
}
