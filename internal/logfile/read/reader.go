package read

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/unitmon/unitmon/internal/sys"
)

// Options say what to read of a log.
type Options struct {
	Format Format
	Since  time.Time // only records of this time or later; zero: all
	Tail   int       // only the last lines, < 0: all
	Follow bool      // wait for what comes
	// Idle, if not nil, is called before each wait, as to flush what was made of
	// the records. An error ends Next.
	Idle func() error
}

// Reader reads the records of a log. It belongs to one goroutine.
type Reader struct {
	o     Options
	chain chain
	lines lines
	parse parser
	skip  Skip
	last  bool    // the first file has a successor: what is there now is all
	long  *Record // the record that a line in pieces began with
	head  []byte  // what the first file began with, as far as known
}

// Open opens the log at path, which may have rotated files beside it. That
// there is no file yet is no error, if its directory exists: then the log is
// empty.
func Open(path string, o Options) (*Reader, error) {
	r := &Reader{o: o, chain: chain{path: path}, parse: parser{format: o.Format}}
	if err := r.open(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Reader) open() error {
	dir := filepath.Dir(r.chain.path)
	if r.o.Follow {
		watch, err := sys.NewInotify()
		if err != nil {
			return err
		}
		r.chain.watch = watch
		if err := watch.WatchDir(dir); err != nil {
			return fmt.Errorf("follow %s: %w", r.chain.path, err)
		}
	} else if err := checkDir(dir); err != nil {
		return fmt.Errorf("log file %s: %w", r.chain.path, err)
	}
	if err := r.chain.look(r.o.Since); err != nil {
		return err
	}
	if r.o.Tail >= 0 {
		return r.seekTail()
	}
	return nil
}

// Found reports whether there is any file yet. Of a log that nobody has written
// to there is none.
func (r *Reader) Found() bool { return len(r.chain.files) > 0 }

// Close closes the log's files.
func (r *Reader) Close() error { return r.chain.close() }

// Next returns the next record, or io.EOF when there is none. With
// Options.Follow it waits for one instead until ctx is done, and then still
// returns all that is there before io.EOF; otherwise it never waits. A record
// that is being written is not given before it is whole.
func (r *Reader) Next(ctx context.Context) (Record, error) {
	for {
		rec, err := r.next()
		if err == nil {
			if r.wanted(&rec) {
				return rec, nil
			}
			continue
		}
		if !errors.Is(err, io.EOF) {
			return Record{}, err
		}
		final := !r.o.Follow || ctx.Err() != nil
		rec, more, err := r.advance(final)
		switch {
		case err != nil:
			return Record{}, err
		case rec.Err != nil && r.wanted(&rec):
			return rec, nil
		case more:
			continue
		case final:
			return Record{}, io.EOF
		}
		if err := r.wait(ctx); err != nil {
			return Record{}, err
		}
	}
}

func (r *Reader) wait(ctx context.Context) error {
	if r.o.Idle != nil {
		if err := r.o.Idle(); err != nil {
			return err
		}
	}
	if err := r.chain.watch.Wait(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// next returns the next record of the first file.
func (r *Reader) next() (Record, error) {
	if len(r.chain.files) == 0 {
		return Record{}, io.EOF
	}
	f := &r.chain.files[0]
	if f.gap {
		f.gap = false
		return Record{Err: ErrGap}, nil
	}
	line, whole, err := r.lines.next(f)
	if err != nil {
		return Record{}, err
	}
	return r.record(line, whole), nil
}

// record makes a record of a line, or of a piece of one: the first piece says
// what the others belong to.
func (r *Reader) record(line []byte, whole bool) Record {
	var rec Record
	if r.long != nil {
		rec = *r.long
		rec.Text = line
	} else {
		rec = r.parse.parse(line)
	}
	if whole {
		r.long = nil
	} else if r.long == nil {
		first := rec
		r.long = &first
	}
	rec.Partial = rec.Partial || !whole
	return rec
}

// wanted reports whether a record is to be given.
func (r *Reader) wanted(rec *Record) bool {
	if errors.Is(rec.Err, ErrGap) {
		return true
	}
	if !rec.Time.IsZero() && rec.Time.Before(r.o.Since) {
		return false
	}
	return !r.skip.Drop(rec.Stream, rec.Partial)
}

// advance is called at the end of the first file and reports whether there is
// more: something new in it, or another file. final says that what is there now
// is all. What a file has left of a record is returned with an error.
func (r *Reader) advance(final bool) (rec Record, more bool, err error) {
	if r.o.Follow {
		had := len(r.chain.files)
		if err := r.chain.fresh(); err != nil {
			return rec, false, err
		}
		if had == 0 {
			return rec, len(r.chain.files) > 0, nil
		}
		if shrunk, err := r.shrunk(); err != nil || shrunk {
			return rec, shrunk, err
		}
	}
	files := r.chain.files
	if len(files) < 2 {
		return rec, false, nil
	}
	if !r.last {
		// Who rotates by renaming lets the writer go on for a while with the
		// file that it has: only when the next one is written to is this one
		// complete, and then it must be read once more.
		r.last = final || written(files[1])
		return rec, r.last, nil
	}
	rec = r.torn()
	r.begin(0)
	return rec, true, r.chain.drop()
}

// begin is for another file, or for one that is another now.
func (r *Reader) begin(off int64) {
	r.last, r.long, r.head = false, nil, nil
	r.lines.reset(off)
}

// written reports whether there is something in a file.
func written(f logFile) bool {
	info, err := f.Stat()
	return err == nil && info.Size() > 0
}

// torn is what there is of a record at the end of a file that has a successor.
func (r *Reader) torn() Record {
	rest := r.lines.rest()
	if len(rest) == 0 {
		return Record{}
	}
	rec := r.record(rest, false)
	rec.Err = ErrTorn
	return rec
}
