package io.onlink.attach;

import io.onlink.failure.KernelException;
import io.onlink.failure.OnlinkException;
import io.onlink.hostfile.Segment;
import io.onlink.libc.SystemCallException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Running containers that are cut off, and how they are connected again. For platform threads. */
final class LostPorts {
    private static final Logger log = LoggerFactory.getLogger(LostPorts.class);

    private final Supplier<SequencedMap<String, Segment>> segments;
    private final EndpointStore store;
    private final HostLinks links;
    private final SandboxRepair repair;
    private final SandboxLooks looks;

    /** Endpoints whose links were made anew, and that the engine was not seen to know since. */
    private final Set<String> unconfirmed = ConcurrentHashMap.newKeySet();

    LostPorts(
            Supplier<SequencedMap<String, Segment>> segments,
            EndpointStore store,
            HostLinks links,
            SandboxRepair repair,
            SandboxLooks looks) {
        this.segments = segments;
        this.store = store;
        this.links = links;
        this.repair = repair;
        this.looks = looks;
    }

    /** The running containers that are cut off while their segment's bridge is there. */
    List<LostPort> all() {
        return store.endpoints().stream()
                .map(this::lost)
                .flatMap(Optional::stream)
                .toList();
    }

    /** Likewise, of those with such a link. */
    List<LostPort> of(Collection<String> hostLinks) {
        return store.endpointsWith(hostLinks).stream()
                .map(this::lost)
                .flatMap(Optional::stream)
                .toList();
    }

    private Optional<LostPort> lost(Endpoint endpoint) {
        try {
            return seen(endpoint);
        } catch (OnlinkException | SystemCallException failed) {
            // The container may end at any moment, and its interfaces go one by one; if it lives the next look sees it.
            // Put up unseen, a port would pass for whole while its other side may be on the host still.
            log.warn("inside sandbox {}: {}", endpoint.sandbox(), failed.getMessage());
            return Optional.empty();
        }
    }

    private Optional<LostPort> seen(Endpoint endpoint) {
        Segment segment = segments.get().get(endpoint.segment());
        if (segment == null || endpoint.sandbox() == null) {
            return Optional.empty();
        }
        if (!segment.hasBridge()) {
            boolean isOnItsWay = links.exists(endpoint.sandboxLink());
            return isOnItsWay || !links.exists(segment.uplink())
                    ? Optional.empty()
                    : repair.missing(endpoint)
                            .map(name -> new LostPort(endpoint, segment.uplink(), "is gone", null, name));
        }
        if (links.exists(endpoint.hostLink())) {
            return links.whatIsLost(endpoint.hostLink(), segment.link())
                    // An agent that died while it made the link anew has left the container without its addresses.
                    .map(what -> new LostPort(
                            endpoint,
                            segment.link(),
                            what,
                            null,
                            repair.unfurnished(endpoint).orElse(null)));
        }
        if (!links.exists(segment.link())) {
            return Optional.empty();
        }
        // Where the container has the interface, or its sandbox is gone, nothing is missing.
        return links.otherName(endpoint)
                .map(name -> new LostPort(
                        endpoint, segment.link(), "is called %s, so nothing guards it".formatted(name), name, null))
                .or(() -> repair.missing(endpoint)
                        .map(name -> new LostPort(endpoint, segment.link(), "is gone", null, name)));
    }

    /**
     * Makes a lost port one of its bridge again, and up, under its own name; a link that is gone is made anew, and given in the container what
     * the engine gives its own. Idempotent; nothing for an endpoint that has left.
     *
     * @throws io.onlink.failure.KernelException if the kernel refuses; a link that was half made is gone again
     */
    void putBack(LostPort port) {
        String called = port.called();
        if (called != null) {
            links.nameAgain(port.endpoint(), called);
        }
        String name = port.inside();
        if (name == null) {
            links.putBack(port.link(), port.on());
        } else if (lost(port.endpoint()).isPresent()) {
            restore(port.endpoint(), name);
        }
    }

    /** The engine knows an endpoint, or its link is gone. */
    void confirm(String endpointId) {
        unconfirmed.remove(endpointId);
    }

    /**
     * Whether the container has an endpoint's link from us alone: that frames pass there does not say that the engine has connected it. It
     * may have been disconnected while no agent ran, and its link deleted.
     */
    boolean isUnconfirmed(Endpoint endpoint) {
        return unconfirmed.contains(endpoint.id());
    }

    private void restore(Endpoint endpoint, String name) {
        Segment segment = segments.get().get(endpoint.segment());
        String sandbox = endpoint.sandbox();
        if (segment == null || sandbox == null) {
            return;
        }
        try {
            links.prepare(endpoint, segment);
            unconfirmed.add(endpoint.id());
            links.move(endpoint, sandbox, name);
            repair.furnish(endpoint, sandbox, name, Attachments.routes(endpoint, segment));
            if (segment.hasBridge()) {
                links.putBack(endpoint.hostLink(), segment.link());
            }
        } catch (SystemCallException refused) {
            links.remove(endpoint.hostLink());
            throw new KernelException(
                    "making link %s anew in the sandbox".formatted(endpoint.hostLink()),
                    refused.errno().number(),
                    refused.getMessage() + "; 'docker restart' may help",
                    refused);
        } catch (OnlinkException refused) {
            links.remove(endpoint.hostLink());
            throw refused;
        }
        // It may have left meanwhile, when there was nothing to remove.
        if (store.endpoint(endpoint.id())
                .map(Endpoint::sandbox)
                .filter(sandbox::equals)
                .isEmpty()) {
            links.remove(endpoint.hostLink());
            return;
        }
        looks.addRoute(sandbox);
    }
}
