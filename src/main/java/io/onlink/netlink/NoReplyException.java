package io.onlink.netlink;

import java.io.Serial;

/** The kernel did not answer in the time it always answers in; whether it did what was asked is not known. */
public final class NoReplyException extends NetlinkException {
    @Serial
    private static final long serialVersionUID = 1L;

    NoReplyException(String message) {
        super(message);
    }
}
