package io.onlink.libc;

import java.io.Serial;

/**
 * A system call that the kernel refused. The message has the call, its arguments and the error, as strace(1) would
 * print them: {@code setns(7, 0x40000000): EPERM (Operation not permitted)}.
 */
public final class SystemCallException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final int number;

    SystemCallException(String call, Errno errno) {
        super(call + ": " + errno);
        this.number = errno.number();
    }

    public Errno errno() {
        return new Errno(number);
    }
}
