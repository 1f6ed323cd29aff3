package io.onlink.netlink;

import java.io.Serial;

/** A message is about a link that was not there, or had another name, when the links were listed: list them again. */
public final class UnknownLinkException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    public UnknownLinkException(int index) {
        super("No link has the index " + index);
    }
}
