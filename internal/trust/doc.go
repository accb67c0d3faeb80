// Package trust makes programs reach Gatepost under DingTalk's own host
// names, over TLS they accept.
//
// Many DingTalk SDKs have their hosts compiled in. To serve them unchanged two
// things must be true on the machine they run on: the names lead to us, and
// the certificate we show is believed. The package offers two ways there, both
// resting on a local certificate authority ([CA]) whose name constraints limit
// it to those names and to loopback, so that its key is worth nothing
// elsewhere.
//
// # The whole machine
//
// [On] writes a block into the hosts file and puts the authority into the
// system's certificate store. It records beforehand what it is about to do;
// [Off] undoes exactly that, and because every line it writes carries a mark,
// Off also works after a crash, twice, or when the record is lost. [Plan] tells
// what On would do, and [Inspect] what is in place. The platform then listens
// on port 443 with [ListenTLS].
//
// # One command
//
// [Exec] runs a single command, with all its children, and touches nothing
// else. On Linux it needs neither root nor port 443:
//
//   - The command runs in a mount namespace of its own (with a user namespace
//     around it when we are not root) in which private copies of /etc/hosts and
//     of the certificate bundles lie over the real ones. The names resolve to
//     a sentinel address in 127.0.0.0/8.
//   - A seccomp filter hands every connect(2) to us before the kernel acts. A
//     TCP connect to the sentinel's port 443 or 80 is made by us, on the
//     command's own socket, to a random port of ours; every other one goes on
//     untouched. This reaches programs that no environment variable reaches:
//     static Go binaries, Java, Node's ws.
//   - Behind the random ports a reverse proxy with our certificate passes the
//     requests to the platform.
//
// The steps inside the namespace must happen in the new process before it
// becomes the command, so Gatepost starts itself once more, as "stage 2": the
// main function of a program that uses Exec calls [Stage2] before anything
// else.
//
// Where the filter is not to be had, Exec binds the sentinel's ports itself if
// it may. Where namespaces are not to be had, as on macOS, it falls back on
// environment variables: proxy variables, CA variables and a hook for Node; and
// says on stderr which programs that does not reach.
//
// # Limits
//
// Exec does not reach connections that are not made by connect(2) of the
// machine's own architecture: 32-bit programs on a 64-bit kernel, io_uring, and
// TCP Fast Open. Nor does it reach programs that ask a DNS server themselves
// instead of reading /etc/hosts, or that pin certificates. Processes that
// outlive the command cannot open connections any more, because nobody
// answers for them. Inside the user namespace of an ordinary user set-uid
// programs, such as sudo and ping, have no effect, and only the user's own
// uid and gid have names.
package trust
