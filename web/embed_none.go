//go:build noweb

// Package web carries the built console inside the binary. Under the noweb tag it carries nothing.
package web

import (
	"embed"
	"io/fs"
)

// Assets returns an empty tree.
func Assets() fs.FS { return embed.FS{} }
