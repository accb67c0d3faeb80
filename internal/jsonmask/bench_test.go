package jsonmask

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/op"
)

// people is a body of about size bytes as a staff system answers it: three of
// seven members of each person are masked.
func people(size int) []byte {
	b := []byte(`{"errcode":0,"result":{"has_more":false,"list":[`)
	for i := 0; len(b) < size-2; i++ {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"userid":"manager%05d","name":"王小明","mobile":"138%08d","email":"wang%d@example.com",`+
			`"id_card":"33010219900101%04d","dept_id_list":[1,%d],"remark":"joined the company in spring, sits on the third floor"}`, i, i, i, i%10000, i)
	}
	return append(b, `]}}`...)
}

func benchPlan(b testing.TB) *Plan {
	return compiledFrom(b, phone("$.result.list[*].mobile"), Rule{Path: "$.result.list[*].email", Kind: op.MaskEmail},
		Rule{Path: "$.result.list[*].id_card", Kind: op.MaskIDCard})
}

func anywhere(b testing.TB) *Plan {
	return compiledFrom(b, phone("$..mobile"), Rule{Path: "$..email", Kind: op.MaskEmail}, Rule{Path: "$..id_card", Kind: op.MaskIDCard})
}

// BenchmarkMask compares with copying the body and with the same masks by the
// tokens of jsontext.
func BenchmarkMask(b *testing.B) {
	for _, size := range []int{1 << 10, 64 << 10, 10 << 20} {
		body := people(size)
		run := func(name string, f func(dst io.Writer) error) {
			b.Run(fmt.Sprintf("%s/%dKiB", name, size>>10), func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				var dst bytes.Buffer
				for b.Loop() {
					dst.Reset()
					if err := f(&dst); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("copy", func(dst io.Writer) error { _, err := dst.Write(body); return err })
		p, deep := benchPlan(b), anywhere(b)
		var src bytes.Reader
		run("paths", func(dst io.Writer) error { src.Reset(body); _, err := p.Mask(dst, &src); return err })
		run("anyDepth", func(dst io.Writer) error { src.Reset(body); _, err := deep.Mask(dst, &src); return err })
		run("jsontext", func(dst io.Writer) error { src.Reset(body); return tokens(deep, dst, &src) })
	}
}

// tokens masks texts at any depth by reading and writing tokens.
func tokens(p *Plan, dst io.Writer, src io.Reader) error {
	d := jsontext.NewDecoder(src, jsontext.AllowDuplicateNames(true))
	e := jsontext.NewEncoder(dst, jsontext.AllowDuplicateNames(true))
	var next edge
	var work []byte
	for {
		t, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		kind, length := d.StackIndex(d.StackDepth())
		switch {
		case t.Kind() == '"' && kind == '{' && length%2 == 1:
			next = p.root.to.member([]byte(t.String()))
		case t.Kind() == '"' && next.act != nil:
			work = next.act.blurs[0].Append(work[:0], []byte(t.String()))
			t, next = jsontext.String(string(work)), edge{}
		}
		if err := e.WriteToken(t); err != nil {
			return err
		}
	}
}

// Masking allocates nothing: all it needs is kept between bodies.
func TestMaskAllocatesNothing(t *testing.T) {
	body := people(64 << 10)
	var dst bytes.Buffer
	w := benchPlan(t).Writer(&dst)
	run := func() {
		dst.Reset()
		w.begin(&dst)
		_, err := w.Write(body)
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	run()
	if n := testing.AllocsPerRun(100, run); n > 0 {
		t.Errorf("%v allocations for a body", n)
	}
}
