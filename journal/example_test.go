package journal_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/unitmon/unitmon/journal"
)

func ExampleEntry() {
	var e journal.Entry
	e.AppendString(journal.SyslogIdentifier, "web")
	fixed := e.Len()
	for _, line := range []string{"started", "stopped"} {
		e.Truncate(fixed)
		e.AppendString(journal.Message, line)
		fmt.Printf("%q\n", e.Bytes())
	}
	// Output:
	// "SYSLOG_IDENTIFIER=web\nMESSAGE=started\n"
	// "SYSLOG_IDENTIFIER=web\nMESSAGE=stopped\n"
}

func ExampleConn_SendWait() {
	conn, err := journal.Dial(journal.DefaultSocket)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer conn.Close()
	var e journal.Entry
	e.AppendString(journal.Message, "hello")
	e.AppendString(journal.Priority, "6")
	if err := conn.SendWait(context.Background(), &e); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func ExampleDecoder() {
	export := "_UID=0\nMESSAGE=one\n\n_UID=0\nMESSAGE=two\n\n"
	d := journal.NewDecoder(strings.NewReader(export))
	for fields, err := d.Next(); err == nil; fields, err = d.Next() {
		fmt.Println(fields.Get(journal.Message))
	}
	// Output:
	// one
	// two
}
