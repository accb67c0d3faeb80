package signature

import "testing"

// The vectors of auth.md §12.
func TestVectors(t *testing.T) {
	t.Parallel()
	if got, want := SNS("testappSecret", "1546084445901"), "HCbG3xNE3vzhO+u7qCUL1jS5hsu2n5r2cFhnTrtyDAE="; got != want {
		t.Errorf("SNS: %s", got)
	}
	if got, want := ISV("suiteSecret", "1527130370219", "suiteTicket"), "I2Ijp2K6OD2+PpF6qA6SqV57XBLoFtZaSxpeVV+e70c="; got != want {
		t.Errorf("ISV: %s", got)
	}
	j := JSAPI{Ticket: "TICKET", Nonce: "abc", Timestamp: "1414587457000", URL: "http://mp.example.com/a?x=1#part"}
	for _, s := range []string{"134e0b4a5c84d4fa10d12573b9372fcf160b3d2c", "47611A99C09C303448268BC25A34D8F237CD140FB3DE339D28D5D0CD02B09324"} {
		if !j.Verify(s) {
			t.Errorf("JSAPI: %s is refused", s)
		}
	}
	for _, s := range []string{"", "134e0b4a5c84d4fa10d12573b9372fcf160b3d2d", "134e0b4a"} {
		if j.Verify(s) {
			t.Errorf("JSAPI: %q is accepted", s)
		}
	}
}

func TestJSAPIQueryDecodedOrAsItStands(t *testing.T) {
	t.Parallel()
	j := JSAPI{Ticket: "T", Nonce: "n", Timestamp: "1", URL: "http://x/a?q=%E4%BD%A0"}
	for _, page := range []string{"http://x/a?q=你", "http://x/a?q=%E4%BD%A0"} {
		if !j.Verify(digest("jsapi_ticket=T&noncestr=n&timestamp=1&url="+page, 40)) {
			t.Errorf("a client that signs %s is refused", page)
		}
	}
}
