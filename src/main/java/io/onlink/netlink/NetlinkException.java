package io.onlink.netlink;

import java.io.Serial;

/** What can go wrong between a netlink socket and the kernel. */
public abstract sealed class NetlinkException extends RuntimeException
        permits RefusedException, MalformedMessageException, LostMessagesException, NoReplyException {
    @Serial
    private static final long serialVersionUID = 1L;

    NetlinkException(String message) {
        super(message);
    }
}
