package cli

import (
	"bytes"
	"context"
	"io"
	"os"

	"golang.org/x/term"
)

// keys obeys single keys while a person sits at a terminal, until ctx ends. What
// it returns puts the terminal back.
func (l *listener) keys(ctx context.Context) (restore func()) {
	in, ok := l.In.(*os.File)
	if !ok || l.json || !term.IsTerminal(int(in.Fd())) {
		return func() {}
	}
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return func() {}
	}
	l.out = returning{l.out}
	go func() {
		key := make([]byte, 1)
		for ctx.Err() == nil {
			if n, err := in.Read(key); err != nil || n == 0 {
				return
			}
			l.press(ctx, key[0])
		}
	}()
	return func() { _ = term.Restore(int(in.Fd()), before) }
}

// interrupt is what a raw terminal sends for Ctrl-C.
const interrupt = 3

func (l *listener) press(ctx context.Context, key byte) {
	switch key {
	case 'r':
		l.again(ctx)
	case 'q', interrupt:
		l.quit()
	case '?':
		l.note("r sends the last one again, q leaves")
	}
}

// returning writes lines to a raw terminal, which does not go back to the first
// column by itself.
type returning struct{ to io.Writer }

func (r returning) Write(b []byte) (int, error) {
	if _, err := r.to.Write(bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(b), nil
}
