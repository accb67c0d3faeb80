package trust

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"syscall"
)

// ListenTLS listens on a TCP address such as "127.0.0.1:443" and shows
// certificates by ca, over h2 and http/1.1.
//
// When the system does not let an ordinary user have the port, the error says
// how to allow it and wraps syscall.EACCES.
func ListenTLS(addr string, ca *CA) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EACCES) {
		return nil, fmt.Errorf("trust: %w; %s", err, allowPort())
	}
	if err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	return tls.NewListener(ln, ca.TLSConfig()), nil
}

// allowPort tells how an ordinary user comes to listen below port 1024.
func allowPort() string {
	if runtime.GOOS != "linux" {
		return "ports below 1024 are for root here: run it with sudo"
	}
	program, err := os.Executable()
	if err != nil {
		program = "gatepost"
	}
	return fmt.Sprintf("ports below 1024 are for root here: run it as root, "+
		"or allow the program once with \"setcap cap_net_bind_service=+ep %s\", "+
		"or allow everybody with \"sysctl net.ipv4.ip_unprivileged_port_start=443\"", program)
}
