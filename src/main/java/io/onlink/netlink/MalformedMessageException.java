package io.onlink.netlink;

import java.io.Serial;

/** Bytes that are not the message or the attribute they claim to be. The only exception a parser here throws. */
public final class MalformedMessageException extends NetlinkException {
    @Serial
    private static final long serialVersionUID = 1L;

    public MalformedMessageException(String message) {
        super(message);
    }
}
