package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/kv"
)

// Where there are several nodes each tells the others which connections it has, so
// that administrators see all of them wherever they ask. It is for their eyes
// only: nothing is decided by it, and it may be some seconds old.
const (
	shareEvery = 5 * time.Second
	shareLife  = 15 * time.Second // of what a node told that is gone since
	shareMost  = 500              // connections of one company that a node tells of
)

func nodesKey(corp id.Corp) string { return "stream nodes " + string(corp) }

func connectionsKey(corp id.Corp, node int64) string {
	return "stream connections " + string(corp) + " " + strconv.FormatInt(node, 10)
}

// share tells the other nodes of the connections of this one.
func (h *Hub) share(ctx context.Context) error {
	h.mu.Lock()
	corps := map[id.Corp]bool{}
	for at := range h.apps {
		corps[at.corp] = true
	}
	h.mu.Unlock()
	for corp := range corps {
		list := h.Connections(corp, 0)
		text, err := json.Marshal(list[:min(len(list), shareMost)])
		if err != nil {
			return err
		}
		if err := h.Tickets.Set(ctx, connectionsKey(corp, h.Node), string(text), shareLife); err != nil {
			return fmt.Errorf("tell other nodes of connections: %w", err)
		}
		if err := h.enlist(ctx, corp); err != nil {
			return fmt.Errorf("tell other nodes of this one: %w", err)
		}
	}
	return nil
}

// enlist notes that this node has connections of corp. Of two nodes that do so at
// once one may be forgotten, until its next turn.
func (h *Hub) enlist(ctx context.Context, corp id.Corp) error {
	nodes, err := h.nodes(ctx, corp)
	if err != nil {
		return err
	}
	if !slices.Contains(nodes, h.Node) {
		nodes = append(nodes, h.Node)
	}
	words := make([]string, len(nodes))
	for i, n := range nodes {
		words[i] = strconv.FormatInt(n, 10)
	}
	return h.Tickets.Set(ctx, nodesKey(corp), strings.Join(words, " "), shareLife)
}

// nodes are those that lately had connections of corp.
func (h *Hub) nodes(ctx context.Context, corp id.Corp) (list []int64, err error) {
	text, err := h.Tickets.Get(ctx, nodesKey(corp))
	if errors.Is(err, kv.ErrNone) {
		return nil, nil
	}
	for word := range strings.FieldsSeq(text) {
		if n, err := strconv.ParseInt(word, 10, 64); err == nil {
			list = append(list, n)
		}
	}
	return list, err
}

// elsewhere returns the connections of corp on other nodes, by node, as those told
// of them last.
func (h *Hub) elsewhere(ctx context.Context, corp id.Corp) (map[int64][]Connection, error) {
	if !h.Others {
		return nil, nil
	}
	nodes, err := h.nodes(ctx, corp)
	if err != nil {
		return nil, err
	}
	all := map[int64][]Connection{}
	for _, node := range nodes {
		if node == h.Node {
			continue
		}
		text, err := h.Tickets.Get(ctx, connectionsKey(corp, node))
		if errors.Is(err, kv.ErrNone) {
			continue // it has none any more
		}
		var list []Connection
		if err == nil {
			err = json.Unmarshal([]byte(text), &list)
		}
		if err != nil {
			return nil, fmt.Errorf("read the connections of node %d: %w", node, err)
		}
		all[node] = list
	}
	return all, nil
}
