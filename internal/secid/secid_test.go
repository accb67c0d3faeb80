package secid

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring/keyringtest"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const corp id.Corp = "dingcorp"

func box(t testing.TB, b byte) *encryption.Box {
	t.Helper()
	key := make([]byte, encryption.KeySize)
	key[0] = b
	made, err := encryption.New(key)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// node is the ids of one node of a platform over db.
func node(t testing.TB, db *store.DB) *IDs {
	t.Helper()
	clk, err := clock.New(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := New(t.Context(), db, box(t, 0), app.New(db, clk, keyringtest.New(t, db)))
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

var long = strings.Repeat("long-", 12)

func TestLongIDs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, b := node(t, db), node(t, db)
		h := holder{"dingcrm", corp}
		text, err := a.own(t.Context(), h, op.IDUser, long)
		if err != nil || len(text) > maxText {
			t.Fatalf("%s (%d): %v", text, len(text), err)
		}
		if again, err := b.own(t.Context(), h, op.IDUser, long); err != nil || again != text {
			t.Errorf("another node tells %s: %v", again, err)
		}
		if plain, err := b.plain(t.Context(), h, op.IDUser, text); err != nil || plain != long {
			t.Errorf("%s: %v", plain, err)
		}
		if other, err := a.own(t.Context(), holder{"dinghr", corp}, op.IDUser, long); err != nil || other == text {
			t.Errorf("another app is told %s: %v", other, err)
		}
		if err := a.RemoveCorp(t.Context(), corp); err != nil {
			t.Fatal(err)
		}
		if plain, err := a.plain(t.Context(), h, op.IDUser, text); !errors.Is(err, errForm) {
			t.Errorf("after the corp was removed: %s, %v", plain, err)
		}
		if again, err := a.own(t.Context(), h, op.IDUser, long); err != nil || again != text {
			t.Errorf("after the corp was removed: %s, %v", again, err)
		}
		if plain, err := a.plain(t.Context(), h, op.IDUser, text); err != nil || plain != long {
			t.Errorf("told again: %s, %v", plain, err)
		}
	})
}

// The root key is drawn once and sealed by the master key.
func TestRootKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first, err := loadKeys(t.Context(), db, box(t, 0))
		if err != nil {
			t.Fatal(err)
		}
		again, err := loadKeys(t.Context(), db, box(t, 0))
		if err != nil || sealed(t, again, lina, "lina") != sealed(t, first, lina, "lina") {
			t.Errorf("the root key is another after a restart: %v", err)
		}
		if _, err := loadKeys(t.Context(), db, box(t, 1)); err == nil || !strings.Contains(err.Error(), "master key") {
			t.Errorf("under another master key: %v", err)
		}
	})
}

func TestKeysAreBounded(t *testing.T) {
	t.Parallel()
	k := testKeys()
	text := sealed(t, k, lina, "lina")
	for i := range maxKeys + 10 {
		k.of(owner{id.App(fmt.Sprint(i)), op.IDUser})
	}
	if len(k.made) > maxKeys || sealed(t, k, lina, "lina") != text {
		t.Errorf("%d keys are kept", len(k.made))
	}
}

type person struct {
	User   id.User              `json:"userid" grade:"R1" person:"userid"`
	Boss   string               `json:"boss" id:"userid" grade:"R1"`
	Team   []string             `json:"team" id:"userid" grade:"R1"`
	Barred string               `json:"barred" id:"userid" sep:"|, " grade:"R1"`
	Roles  map[string][]id.User `json:"roles" grade:"R1"`
	Name   string               `json:"name" grade:"R1"`
}

type page struct {
	List []person `json:"list"`
}

type ask struct {
	User string `json:"userid" id:"userid" doc:"员工"`
}

func operation() op.Operation {
	return op.V1("/topapi/test", func(context.Context, op.Caller, *ask) (*page, error) { return &page{}, nil },
		op.Spec{Title: "题", TitleEN: "t", Doc: "d", Verb: op.Read, Scope: scope.Member, Group: "g"})
}

func TestAnswersAndPayloads(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ids, o := node(t, db), operation()
		h := holder{"dingcrm", corp}
		own := func(plain string) string {
			text, err := ids.own(t.Context(), h, op.IDUser, plain)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		team := []string{"wang", ""}
		answer := func() *page {
			return &page{[]person{{"lina", "wang", team, "wang|lina", map[string][]id.User{"x": {"lina"}}, "lina"}}}
		}
		want := fmt.Sprint(&page{[]person{{id.User(own("lina")), own("wang"), []string{own("wang"), ""}, own("wang") + "|" + own("lina"),
			map[string][]id.User{"x": {id.User(own("lina"))}}, "lina"}}})
		for mode, want := range map[op.IDs]string{op.IDsOpen: want, op.IDsBoth: want, op.IDsPlain: fmt.Sprint(answer()), "": fmt.Sprint(answer())} {
			who := op.Caller{App: h.app, Corp: corp, IDs: mode, Trace: &op.Trace{}}
			got := answer()
			if err := ids.Write(t.Context(), &who, &o, got); err != nil || fmt.Sprint(got) != want {
				t.Errorf("%s: %v, %v\nwant %s", mode, got, err, want)
			}
			got = answer()
			if err := ids.Payload(t.Context(), &app.App{Key: h.app, Corp: corp, IDs: mode}, o.Response.IDPlan(), got); err != nil || fmt.Sprint(got) != want {
				t.Errorf("%s: payload %v, %v\nwant %s", mode, got, err, want)
			}
		}
		if team[0] != "wang" {
			t.Error("a list of somebody else's was changed")
		}
	})
}

func TestRefusalsAreRenamed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ids, o := node(t, db), operation()
		who := op.Caller{App: "dingcrm", Corp: corp, IDs: op.IDsOpen, Trace: &op.Trace{}, Range: op.Range{Users: []id.User{"wang"}}}
		own, err := ids.own(t.Context(), holder{"dingcrm", corp}, op.IDUser, "lina")
		if err != nil {
			t.Fatal(err)
		}
		if err := ids.Read(t.Context(), &who, &o, &ask{own}); err != nil {
			t.Fatal(err)
		}
		boss := apierror.UserOutOfRange.Want("%s", apierror.Words{ZH: "员工 wang", EN: "person wang"}).Got("员工 %s", id.User("boss"))
		told := ids.Refusal(t.Context(), &who, boss).Message("en")
		if strings.Contains(told, "wang") || strings.Contains(told, "boss") || strings.Count(told, "gpu_") != 2 {
			t.Errorf("told %s", told)
		}
		echo := apierror.UserKind.With("found", "lina,linaa", "convert", "x").Got("%s", "<lina>")
		told = ids.Refusal(t.Context(), &who, echo).Message("en")
		if !strings.Contains(told, "found: <"+own+">") || !strings.Contains(told, own+",linaa") {
			t.Errorf("told %s", told)
		}
		if !strings.Contains(echo.Message("en"), "<lina>") {
			t.Error("the log was told the app's")
		}
		who.IDs = op.IDsPlain
		if ids.Refusal(t.Context(), &who, echo) != echo {
			t.Error("a plain app's refusal was copied")
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	db, err := store.Open(b.Context(), store.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	ids, o := node(b, db), operation()
	for _, mode := range []op.IDs{op.IDsPlain, op.IDsOpen} {
		b.Run(string(mode), func(b *testing.B) {
			who := op.Caller{App: "dingcrm", Corp: corp, IDs: mode, Trace: &op.Trace{}}
			list := make([]person, 100)
			resp := &page{make([]person, 100)}
			for i := range list {
				list[i] = person{User: id.User(fmt.Sprint("user", i)), Boss: "boss"}
			}
			b.ReportAllocs()
			for b.Loop() {
				if mode.Own() { // or there is nothing to undo
					copy(resp.List, list)
				}
				if err := ids.Write(b.Context(), &who, &o, resp); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
