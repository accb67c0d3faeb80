package trust

// copyOwner does nothing: on Windows a new file has the rights its directory
// hands down.
func copyOwner(from, to string) error { return nil }
