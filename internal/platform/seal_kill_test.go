package platform_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platform"
)

// What tells the test binary to be the process that is killed.
const (
	victimDir      = "GATEPOST_PLATFORM_VICTIM_DIR"
	victimPostgres = "GATEPOST_PLATFORM_VICTIM_POSTGRES"
	victimCorp     = "GATEPOST_PLATFORM_VICTIM_CORP"
)

func TestMain(m *testing.M) {
	if node := os.Getenv(victimNode); node != "" {
		fmt.Fprintln(os.Stderr, runNode(node))
		os.Exit(1)
	}
	if dir := os.Getenv(victimDir); dir != "" {
		fmt.Fprintln(os.Stderr, rotateForever(dir, os.Getenv(victimPostgres), id.Corp(os.Getenv(victimCorp))))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// rotateForever rotates the corp's key and prints a line whenever some of its
// rows were sealed anew.
func rotateForever(dir, postgres string, corp id.Corp) error {
	ctx := context.Background()
	conf, err := config.Read()
	if err != nil {
		return err
	}
	conf.Data, conf.Postgres = dir, config.Secret(postgres)
	p, err := platform.Open(ctx, conf, "test", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	go func() { _ = p.Keys.Run(ctx) }()
	if _, err := p.Keys.Rotate(ctx, corp); err != nil {
		return err
	}
	for last := int64(-1); ; {
		s, err := p.Keys.Status(ctx, corp)
		if err != nil {
			return err
		}
		if left := s.Tables[0].Older; left != last {
			last = left
			fmt.Println(left)
		}
	}
}

// killRotating kills the process when it has told of so many steps.
func killRotating(t *testing.T, c config.Config, corp id.Corp, steps int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimDir+"="+c.Data, victimPostgres+"="+string(c.Postgres), victimCorp+"="+string(corp))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines, told := bufio.NewScanner(out), 0
	for lines.Scan() {
		if told++; told == steps || lines.Text() == "0" {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // killed
	if told == 0 {
		t.Fatal("the process sealed nothing")
	}
}
