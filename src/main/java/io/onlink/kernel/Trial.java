package io.onlink.kernel;

import io.onlink.failure.KernelException;
import io.onlink.libc.FrameRedirect;
import io.onlink.libc.SystemCallException;
import io.onlink.model.Bridge;
import io.onlink.model.LinkAttributes;
import io.onlink.netlink.LinkMessage;
import io.onlink.netlink.LinkRequests;
import io.onlink.netlink.NetlinkException;
import io.onlink.netlink.NetlinkSocket;
import io.onlink.netlink.Request;
import io.onlink.step.Feature;
import java.util.EnumSet;
import java.util.Set;

/** Tries what this kernel can do, in a namespace where it disturbs nobody. */
final class Trial {
    private static final String LOOPBACK = "lo";

    private Trial() {}

    /** In the calling thread's network namespace, which nobody else uses. It also has the modules loaded. */
    static Set<Feature> features() {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        try (NetlinkSocket socket = NetlinkSocket.open()) {
            int index = index(socket, LOOPBACK);
            if (works(() -> FrameRedirect.incoming(index, index).close())
                    && works(() -> FrameRedirect.outgoing(index, index).close())) {
                features.add(Feature.REDIRECT);
            }
            if (works(() -> FrameForward.crossing(LOOPBACK, LOOPBACK).close())) {
                features.add(Feature.FORWARD);
            }
            if (works(() -> renameWhileUp(socket))) {
                features.add(Feature.LIVE_RENAME);
            }
        }
        return features;
    }

    private static void renameWhileUp(NetlinkSocket socket) {
        socket.perform(LinkRequests.create(new Bridge(LinkAttributes.named("trial"), Bridge.Options.SEGMENT)));
        int bridge = index(socket, "trial");
        socket.perform(LinkRequests.setUp(bridge, true));
        socket.perform(LinkRequests.rename(bridge, "renamed"));
    }

    private static int index(NetlinkSocket socket, String link) {
        Request find = LinkRequests.find(link);
        return LinkMessage.parse(socket.get(find)).index();
    }

    private static boolean works(Runnable trial) {
        try {
            trial.run();
            return true;
        } catch (NetlinkException | SystemCallException | KernelException refused) {
            return false;
        }
    }
}
