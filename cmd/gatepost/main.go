// Command gatepost is an enterprise open platform in one binary.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gatepost/gatepost/internal/cli"
	"github.com/gatepost/gatepost/internal/trust"
)

// version is set by the build.
var version = "dev"

func main() {
	if trust.Stage2(os.Args) {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends at once
	dir, _ := os.Getwd()
	home, err := os.UserConfigDir()
	if err == nil {
		home = filepath.Join(home, "gatepost")
	}
	code := cli.Run(ctx, cli.Process{Args: os.Args[1:], Env: os.LookupEnv, Environ: os.Environ(), Dir: dir, Home: home,
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now, Version: version})
	stop()
	os.Exit(code)
}
