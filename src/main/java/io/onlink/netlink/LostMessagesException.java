package io.onlink.netlink;

import java.io.Serial;

/**
 * What was received is not the whole: tables kept changing while they were listed (NLM_F_DUMP_INTR), or there was no
 * room to keep what the kernel sent (ENOBUFS). Asking again may succeed.
 */
public final class LostMessagesException extends NetlinkException {
    @Serial
    private static final long serialVersionUID = 1L;

    LostMessagesException(String message) {
        super(message);
    }
}
