package trust

import (
	"bytes"
	"strings"
	"testing"
)

// oddHosts are hosts files as they are met with.
func oddHosts() []string {
	return []string{
		"",
		"\n",
		"127.0.0.1 localhost",
		"127.0.0.1\tlocalhost\n::1 localhost ip6-localhost\n\n# end",
		"127.0.0.1 localhost\r\n10.0.0.1 a b c\r\n",
		"127.0.0.1 localhost\r\nmixed\n\r\n",
		"\xef\xbb\xbf127.0.0.1 localhost\n",
		"\x00\xff not text \r\r\n",
		"# gatepost begin\n127.0.0.1 oapi.dingtalk.com # gatepost\n",
		"a\n# gatepost end\nb",
		"# gatepost begin",
		"  # gatepost begin  \r\n10.1.1.1 mine.example # mine\n# gatepost end\r\n",
		"10.0.0.1 oapi.dingtalk.com\n10.0.0.2 other API.dingtalk.com. # gatepost is not here\n",
		"# see the manual of # gatepost\n",
	}
}

func TestBlockRoundTrip(t *testing.T) {
	for _, file := range oddHosts() {
		checkBlock(t, []byte(file))
	}
}

func FuzzBlock(f *testing.F) {
	for _, file := range oddHosts() {
		f.Add([]byte(file))
	}
	f.Fuzz(checkBlock)
}

// checkBlock holds the promises of the block editor against one file.
func checkBlock(t *testing.T, file []byte) {
	without := dropBlock(file)
	with := addBlock(file, "127.0.0.1")
	if !bytes.Equal(dropBlock(with), without) {
		t.Errorf("%q: taken out again it is %q, want %q", file, dropBlock(with), without)
	}
	if !hasBlock(file) && !bytes.Equal(without, file) {
		t.Errorf("%q: changed to %q though there was no block", file, without)
	}
	if !bytes.HasSuffix(with, without) || !hasBlock(with) {
		t.Errorf("%q: the rest did not stay, %q", file, with)
	}
	if again := addBlock(with, "127.0.0.1"); !bytes.Equal(again, with) {
		t.Errorf("%q: repeated it is %q, not %q", file, again, with)
	}
	private := privateHosts(file, sentinelAddress)
	if left := foreign(private); len(left) > 0 {
		t.Errorf("%q: the private copy still has %v", file, left)
	}
	for _, name := range Names() {
		if !bytes.Contains(private, []byte(sentinelAddress+" "+name+" ")) {
			t.Errorf("%q: the private copy lacks %s", file, name)
		}
	}
}

func TestBlockFollowsLineEnds(t *testing.T) {
	with := string(addBlock([]byte("127.0.0.1 localhost\r\n"), "127.0.0.1"))
	if strings.Count(with, "\n") != strings.Count(with, "\r\n") {
		t.Errorf("mixed line ends: %q", with)
	}
}

func TestDamagedBlockTakesNothingAlong(t *testing.T) {
	file := "# gatepost begin\n127.0.0.1 old.dingtalk.com # gatepost\n10.0.0.9 mine\n127.0.0.1 x # mine\n"
	if got, want := string(dropBlock([]byte(file))), "10.0.0.9 mine\n127.0.0.1 x # mine\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPrivateHostsKeepsOtherNames(t *testing.T) {
	got := string(privateHosts([]byte("10.0.0.2 other api.dingtalk.com mine # why\n"), sentinelAddress))
	if !strings.HasSuffix(got, hostsEnd+"\n10.0.0.2 other mine\n") {
		t.Errorf("got %q", got)
	}
}
