//go:build !noweb

// Package web carries the built console inside the binary.
//
// The build itself is not committed. dist holds a .gitkeep so that the module compiles without Node; until
// "npm run build" has run in this folder, Assets has no console.html, and whoever serves it says how to build one.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Assets returns the built files: console.html, and everything it loads under assets/. Names under assets/ carry a
// hash of their content and never change meaning; console.html does, and must not be cached.
func Assets() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // only for an invalid path, and "dist" is a constant
	}
	return sub
}
