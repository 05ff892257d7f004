// Package sys holds the system calls that unitmon needs: one thin wrapper
// each, every descriptor close-on-exec from birth, every error an
// *os.SyscallError or *fs.PathError that names the call and its object.
//
// It is the only package of the module that imports golang.org/x/sys/unix;
// everything else goes through it, so that what the program asks of the
// kernel can be read in one place.
package sys
