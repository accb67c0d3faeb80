package trust

import (
	"runtime"
	"slices"
	"strings"
)

// environ is an environment under construction.
type environ []string

func (e environ) get(key string) string {
	for _, entry := range slices.Backward(e) { // the last one counts
		if k, v, ok := strings.Cut(entry, "="); ok && sameKey(k, key) {
			return v
		}
	}
	return ""
}

func (e *environ) set(key, value string) {
	*e = slices.DeleteFunc(*e, func(entry string) bool {
		k, _, _ := strings.Cut(entry, "=")
		return sameKey(k, key)
	})
	*e = append(*e, key+"="+value)
}

// add appends words to a variable that holds a list separated by blanks.
func (e *environ) add(key string, words ...string) {
	e.set(key, strings.TrimSpace(e.get(key)+" "+strings.Join(words, " ")))
}

func sameKey(a, b string) bool {
	if runtime.GOOS == "windows" {
		return strings.EqualFold(a, b)
	}
	return a == b
}

// trustCA points every variable known to name certificate authorities to files
// that hold ours as well. What the user had set stays trusted.
func (e *environ) trustCA(b bundles) error {
	for _, key := range []string{"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"} {
		path, err := b.with(e.get(key), strings.ToLower(key)+".pem")
		if err != nil {
			return err
		}
		e.set(key, path)
	}
	// Node adds this one to its own list.
	node := bundles{dir: b.dir, ca: b.ca}
	path, err := node.with(e.get("NODE_EXTRA_CA_CERTS"), "node_extra_ca_certs.pem")
	if err != nil {
		return err
	}
	e.set("NODE_EXTRA_CA_CERTS", path)
	return e.trustInJava(b)
}

// trustInJava has Java virtual machines read a trust store of ours, unless the
// user named one. On the command line of java the user still can.
func (e *environ) trustInJava(b bundles) error {
	const key = "JAVA_TOOL_OPTIONS"
	if strings.Contains(e.get(key), "-Djavax.net.ssl.trustStore") {
		return nil
	}
	store, err := javaTrustStore(joinPEM(b.sys, b.ca))
	if err != nil {
		return err
	}
	path, err := b.write("truststore.p12", store)
	if err != nil {
		return err
	}
	e.add(key,
		"-Djavax.net.ssl.trustStore="+quoteJava(path),
		"-Djavax.net.ssl.trustStoreType=PKCS12",
		"-Djavax.net.ssl.trustStorePassword="+javaPassword)
	return nil
}

// quoteJava makes a path one word for JAVA_TOOL_OPTIONS.
func quoteJava(path string) string {
	if !strings.ContainsAny(path, " \t") {
		return path
	}
	return `"` + path + `"`
}

// useProxy points the proxy variables to our proxy. Local servers are reached
// directly; what the user excepted from their own proxy, ours does not send
// there either.
func (e *environ) useProxy(host, port string) {
	address := "http://" + host + ":" + port
	for _, key := range []string{"HTTP_PROXY", "HTTPS_PROXY"} {
		e.set(key, address)
		e.set(strings.ToLower(key), address)
	}
	const local = "localhost,127.0.0.1,::1"
	e.set("NO_PROXY", local)
	e.set("no_proxy", local)
	const java = "JAVA_TOOL_OPTIONS"
	if !strings.Contains(e.get(java), "-Dhttps.proxyHost") {
		e.add(java,
			"-Dhttp.proxyHost="+host, "-Dhttp.proxyPort="+port,
			"-Dhttps.proxyHost="+host, "-Dhttps.proxyPort="+port)
	}
}

// requireInNode has Node load a script before the program.
func (e *environ) requireInNode(path string) {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(path)
	e.add("NODE_OPTIONS", `--require="`+quoted+`"`)
}
