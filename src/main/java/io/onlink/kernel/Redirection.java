package io.onlink.kernel;

import io.onlink.libc.Errno;
import io.onlink.model.Redirect;
import io.onlink.model.Redirect.Hook;
import io.onlink.netlink.LinkNames;
import io.onlink.netlink.NetlinkSocket;
import io.onlink.netlink.RedirectMessages;
import io.onlink.netlink.RefusedException;
import io.onlink.netlink.Request;
import io.onlink.netlink.UnknownLinkException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Redirects in traffic control's terms: a filter of ours, in a qdisc that is ours or somebody else's. */
final class Redirection {
    private Redirection() {}

    /**
     * Qdisc and filter go as one datagram: who dies while it is sent leaves both or none, and the filter says whose the qdisc is.
     *
     * @throws RefusedException if the kernel refuses; then nothing was changed
     */
    static void add(NetlinkSocket socket, Redirect redirect, int linkIndex, int toIndex) {
        Request filter = RedirectMessages.addFilter(redirect, linkIndex, toIndex);
        if (!redirect.ownsQdisc()) {
            socket.perform(filter);
            return;
        }
        List<Request> undo = List.of(
                RedirectMessages.deleteQdisc(linkIndex), RedirectMessages.deleteFilter(linkIndex, redirect.hook()));
        List<Optional<RefusedException>> refusals =
                socket.performTogether(List.of(RedirectMessages.addQdisc(linkIndex), filter));
        Optional<RefusedException> first =
                refusals.stream().flatMap(Optional::stream).findFirst();
        if (first.isEmpty()) {
            return;
        }
        for (int i = 0; i < undo.size(); i++) {
            if (refusals.get(i).isEmpty()) {
                socket.perform(undo.get(i));
            }
        }
        throw first.get();
    }

    static void delete(NetlinkSocket socket, Redirect redirect, int linkIndex) {
        socket.perform(
                redirect.ownsQdisc()
                        ? RedirectMessages.deleteQdisc(linkIndex)
                        : RedirectMessages.deleteFilter(linkIndex, redirect.hook()));
    }

    /** Indexes of the links that have a qdisc with the two hooks; none where the kernel has no traffic control. */
    static List<Integer> classified(NetlinkSocket socket) {
        try {
            return socket.dump(RedirectMessages.listQdiscs()).stream()
                    .map(RedirectMessages::parseQdisc)
                    .filter(java.util.OptionalInt::isPresent)
                    .map(java.util.OptionalInt::getAsInt)
                    .toList();
        } catch (RefusedException refused) {
            if (refused.errno().equals(Errno.EOPNOTSUPP)) {
                return List.of();
            }
            throw refused;
        }
    }

    static List<Redirect> ofLink(NetlinkSocket socket, int index, LinkNames names) {
        List<RedirectMessages.Filter> filters = new ArrayList<>();
        for (Hook hook : Hook.values()) {
            try {
                socket.dump(RedirectMessages.listFilters(index, hook)).stream()
                        .flatMap(message -> RedirectMessages.parseFilter(message, hook, names).stream())
                        .forEach(filters::add);
            } catch (RefusedException refused) {
                if (refused.errno().equals(Errno.ENODEV)) {
                    throw new UnknownLinkException(index);
                }
                throw refused;
            }
        }
        return RedirectMessages.redirects(filters);
    }
}
