//go:build chaos

package chaos

func victim(string) error { return nil }
