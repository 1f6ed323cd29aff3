package io.onlink.kernel;

import io.onlink.failure.KernelException;
import io.onlink.libc.FrameRedirect;
import io.onlink.model.MacAddress;
import io.onlink.model.Redirect;
import io.onlink.model.Stub;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The redirects that this process keeps up: each ends with the process, or with its link. Used by one thread at a time. */
final class HeldRedirects implements AutoCloseable {
    private final Map<Redirect, Runnable> ends = new LinkedHashMap<>();

    /**
     * Begins one, in the calling thread's network namespace.
     *
     * @param from the kernel's number of the redirect's link
     * @param to of the link that gets the frames
     * @param mac of the redirect's link
     */
    void begin(Redirect redirect, int from, int to, Supplier<MacAddress> mac) {
        ends.put(
                redirect,
                switch (redirect.hook()) {
                    case INGRESS -> FrameRedirect.incoming(from, to)::close;
                    case EGRESS -> FrameRedirect.outgoing(from, to)::close;
                    case INGRESS_FORWARD ->
                        FrameForward.incoming(redirect.link(), mac.get(), Stub.peer(redirect.to()))::close;
                    case EGRESS_FORWARD -> FrameForward.crossing(Stub.peer(redirect.link()), redirect.to())::close;
                });
    }

    /** Those that are up. The kernel ended others with their links; their descriptors are still this program's to close. */
    Set<Redirect> on(Set<String> links) {
        ends.entrySet().removeIf(redirect -> {
            boolean isLost = !links.contains(redirect.getKey().link());
            if (isLost) {
                redirect.getValue().run();
            }
            return isLost;
        });
        return Set.copyOf(ends.keySet());
    }

    void end(Redirect redirect) {
        Runnable end = ends.remove(redirect);
        if (end == null) {
            throw new KernelException("end the redirect of " + redirect.link(), 0, "this program made none");
        }
        end.run();
    }

    @Override
    public void close() {
        ends.values().forEach(Runnable::run);
    }
}
