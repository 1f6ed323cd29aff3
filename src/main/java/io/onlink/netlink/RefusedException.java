package io.onlink.netlink;

import io.onlink.libc.Errno;
import java.io.Serial;

/**
 * The kernel's answer to a request was no. The message has the request's type, the error's name, and the kernel's own
 * sentence where it gave one (the extended acknowledgement).
 */
public final class RefusedException extends NetlinkException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final int number;
    private final String explanation;

    RefusedException(String request, Errno errno, ExtendedAck ack) {
        super(request + ": " + errno + (ack.isEmpty() ? "" : ": " + ack));
        this.number = errno.number();
        this.explanation = ack.toString();
    }

    public Errno errno() {
        return new Errno(number);
    }

    /** The kernel's sentence, and where in the request it points to; empty if it gave none. */
    public String explanation() {
        return explanation;
    }
}
