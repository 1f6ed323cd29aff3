package io.onlink.attach;

import io.onlink.attach.DefaultRoutes.Correction;
import io.onlink.docker.NetworkDriver.StaticRoute;
import io.onlink.failure.KernelException;
import io.onlink.failure.OnlinkException;
import io.onlink.hostfile.Segment;
import io.onlink.kernel.Kernel;
import io.onlink.libc.SystemCallException;
import io.onlink.model.Address;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.step.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the engine does not do inside a container: fixed addresses and nothing beside them, the default route of the
 * declared segment, answers by the segment that was asked, and word to the neighbours. All of it can be done again at any time. A sandbox that is not there yet,
 * or no more, is no failure.
 */
final class SandboxRepair {
    private static final Logger log = LoggerFactory.getLogger(SandboxRepair.class);

    private static final IpNetwork LINK_LOCAL = IpNetwork.parse("fe80::/10");

    /** What the engine is told to call interfaces in a sandbox: this and a number that it chooses. */
    static final String NAME_PREFIX = "eth";

    private final EndpointStore store;
    private final Sandboxes sandboxes;
    private final Supplier<SequencedMap<String, Segment>> segments;

    private final Turns turns = new Turns();

    /** What interfaces are called inside, by endpoint, as far as they were seen. */
    private final Map<String, String> names = new ConcurrentHashMap<>();

    SandboxRepair(EndpointStore store, Sandboxes sandboxes, Supplier<SequencedMap<String, Segment>> segments) {
        this.store = store;
        this.sandboxes = sandboxes;
        this.segments = segments;
    }

    /**
     * Puts the interfaces and routes of a sandbox right: the default routes, and the ways that answers take.
     *
     * @param correction of the default routes
     */
    void settle(String sandbox, Correction correction) {
        // Two at once would both add what is missing.
        turns.take(sandbox, () -> {
            List<Endpoint> endpoints = store.endpointsIn(sandbox);
            var _ = inside(sandbox, kernel -> settle(kernel, endpoints, correction));
        });
    }

    private void settle(Kernel kernel, List<Endpoint> endpoints, Correction correction) {
        NetworkState state = kernel.observe();
        for (Endpoint endpoint : endpoints) {
            link(state, endpoint).ifPresent(link -> {
                names.put(endpoint.id(), link);
                refuseAdvertisedAddresses(kernel, state, link);
                forgetAdvertised(kernel, state, link);
            });
        }
        // Without what was just forgotten.
        NetworkState routes = kernel.observe();
        for (Family family : Family.values()) {
            correctDefaultRoute(kernel, routes, endpoints, family, correction);
        }
        correctSourceRoutes(kernel, routes, endpoints);
    }

    /**
     * What the interface of an endpoint is to be called in its sandbox, where that is there and has none: as it was called
     * before, if that is known and free.
     *
     * @throws OnlinkException where it cannot be seen
     * @throws SystemCallException likewise
     */
    Optional<String> missing(Endpoint endpoint) {
        return name(endpoint, state -> missing(state, endpoint));
    }

    /**
     * What the interface of an endpoint is called in its sandbox, or is to be called, where that is there and the interface is not what
     * {@link #furnish} makes of it: all of the addresses, and up.
     *
     * @throws OnlinkException where it cannot be seen
     * @throws SystemCallException likewise
     */
    Optional<String> unfurnished(Endpoint endpoint) {
        return name(endpoint, state -> unfurnished(state, endpoint));
    }

    private Optional<String> name(Endpoint endpoint, Function<NetworkState, @Nullable String> look) {
        String sandbox = endpoint.sandbox();
        AtomicReference<@Nullable String> name = new AtomicReference<>();
        if (sandbox == null || !sandboxes.inside(sandbox, kernel -> name.set(look.apply(kernel.observe())))) {
            return Optional.empty();
        }
        return Optional.ofNullable(name.get());
    }

    private @Nullable String unfurnished(NetworkState state, Endpoint endpoint) {
        Optional<String> link = link(state, endpoint);
        if (link.isEmpty()) {
            return missing(state, endpoint);
        }
        boolean isWhole = Objects.requireNonNull(state.link(link.get())).isUp()
                && endpoint.addresses()
                        .allMatch(wanted -> state.addressesOf(link.get()).stream()
                                .anyMatch(address -> address.address().equals(wanted)));
        return isWhole ? null : link.get();
    }

    /** Whether there is such a sandbox. */
    boolean exists(String sandbox) {
        return inside(sandbox, _ -> {});
    }

    /** Whether the endpoint's interface is in its sandbox. */
    boolean has(Endpoint endpoint) {
        String sandbox = endpoint.sandbox();
        AtomicBoolean found = new AtomicBoolean();
        return sandbox != null
                && inside(
                        sandbox,
                        kernel -> found.set(link(kernel.observe(), endpoint).isPresent()))
                && found.get();
    }

    private @Nullable String missing(NetworkState state, Endpoint endpoint) {
        if (link(state, endpoint).isPresent()) {
            return null;
        }
        return Stream.concat(
                        Stream.ofNullable(names.get(endpoint.id())),
                        IntStream.range(0, Integer.MAX_VALUE).mapToObj(number -> NAME_PREFIX + number))
                .filter(name -> state.link(name) == null)
                .findFirst()
                .orElseThrow();
    }

    /**
     * Gives an interface that was moved into a sandbox what the engine gives its own: up, the endpoint's addresses, and
     * routes. The default route is {@link #settle}'s.
     *
     * @throws KernelException if the kernel refuses
     */
    void furnish(Endpoint endpoint, String sandbox, String link, List<StaticRoute> routes) {
        var _ = sandboxes.inside(sandbox, kernel -> {
            NetworkState state = kernel.observe();
            String disableIpv6 = NetworkState.disableIpv6(link);
            // Inherited from "default", where the engine switches it off.
            if (endpoint.ipv6() != null && "1".equals(state.sysctls().get(disableIpv6))) {
                kernel.perform(new Step.SetSysctl(disableIpv6, "1", "0"));
            }
            refuseAdvertisedAddresses(kernel, state, link);
            for (InterfaceAddress address : endpoint.addresses().toList()) {
                Address permanent = Address.permanent(link, address);
                kernel.perform(new Step.AddAddress(
                        switch (address.family()) {
                            case IPV4 -> permanent;
                            case IPV6 -> permanent.withFlag(Address.Flag.NO_DAD);
                        }));
            }
            kernel.perform(new Step.SetUp(link, true));
            for (StaticRoute route : routes) {
                if (route.router() != null) {
                    kernel.perform(new Step.AddRoute(Route.via(route.destination(), Route.MAIN, route.router(), link)));
                }
            }
        });
    }

    /** An endpoint is gone. */
    void forget(String endpoint) {
        names.remove(endpoint);
    }

    /** Tells the segment where the endpoint's addresses now are, from the endpoint's own interface. */
    void announce(Endpoint endpoint) {
        announce(endpoint, endpoint.addresses().map(InterfaceAddress::ip).toList());
    }

    /** Likewise of one of them. */
    void announce(Endpoint endpoint, IpAddress address) {
        announce(endpoint, List.of(address));
    }

    private void announce(Endpoint endpoint, List<IpAddress> addresses) {
        String sandbox = endpoint.sandbox();
        if (sandbox == null) {
            return;
        }
        var _ = inside(sandbox, kernel -> {
            NetworkState state = kernel.observe();
            Optional<String> link = link(state, endpoint)
                    .filter(name -> Objects.requireNonNull(state.link(name)).isUp());
            if (link.isEmpty()) {
                return;
            }
            for (IpAddress address : addresses) {
                Step announcement = new Step.Announce(link.get(), address, endpoint.mac());
                try {
                    kernel.perform(announcement);
                    log.debug("announced {} of {}: {}", address, endpoint.describe(), announcement.command());
                } catch (KernelException failed) {
                    // ENOBUFS of a busy machine, or the link goes: the other address has its own chance.
                    log.warn("announce {} of {}: {}", address, endpoint.describe(), failed.getMessage());
                }
            }
        });
    }

    /**
     * Before the engine moves an interface into a sandbox that is there already: {@link #clearWay}, and the interface will
     * listen to no advertisement from its first moment on.
     *
     * @return whether there is such a sandbox
     */
    boolean prepare(String sandbox) {
        var _ = inside(sandbox, kernel -> refuseAdvertisedAddresses(kernel, kernel.observe(), "default"));
        return clearWay(sandbox);
    }

    /**
     * Takes away default routes that Onlink put in the place of the engine's: the engine is about to set its own, and
     * fails if there is one. {@link #settle} sets things right afterwards.
     *
     * @return whether there is such a sandbox
     */
    boolean clearWay(String sandbox) {
        return inside(
                sandbox,
                kernel -> kernel.observe().routes().stream()
                        .filter(route -> route.destination().isDefault() && route.table() == Route.MAIN)
                        .filter(route -> route.protocol() == Route.PROTOCOL_STATIC)
                        .forEach(route -> kernel.perform(new Step.DeleteRoute(route))));
    }

    private void correctDefaultRoute(
            Kernel kernel, NetworkState state, List<Endpoint> endpoints, Family family, Correction correction) {
        Optional<Endpoint> owner = DefaultRoutes.owner(endpoints, family, segments.get());
        Optional<String> link = owner.flatMap(endpoint -> link(state, endpoint));
        Optional<IpAddress> router = owner.flatMap(endpoint -> DefaultRoutes.router(endpoint, family, segments.get()));
        if (link.isEmpty() || router.isEmpty()) {
            return;
        }
        for (Step step : DefaultRoutes.correct(state.routes(), family, router.get(), link.get(), correction)) {
            kernel.perform(step);
            log.info("in the sandbox of {}: {}", owner.get().describe(), step.command());
        }
    }

    /** The engine does not look at these tables: it may be at work. */
    private void correctSourceRoutes(Kernel kernel, NetworkState state, List<Endpoint> endpoints) {
        Map<String, String> links = new HashMap<>();
        endpoints.forEach(endpoint -> link(state, endpoint).ifPresent(link -> links.put(endpoint.id(), link)));
        for (Step step : SourceRoutes.correct(state, endpoints, links, segments.get())) {
            kernel.perform(step);
            log.debug("in the sandbox: {}", step.command());
        }
    }

    /** A router's advertisements on the LAN would give the container further addresses and a second way out. */
    private static void refuseAdvertisedAddresses(Kernel kernel, NetworkState state, String link) {
        for (String key : List.of("accept_ra", "autoconf")) {
            String name = "net/ipv6/conf/" + link + "/" + key;
            String was = state.sysctls().getOrDefault(name, "1");
            if (was.equals("0")) {
                continue;
            }
            try {
                kernel.perform(new Step.SetSysctl(name, was, "0"));
            } catch (KernelException failed) {
                log.debug("a kernel without IPv6 has no {}", name, failed);
            }
        }
    }

    /** What a router advertised before that was refused: engines before 28 make the interface and the process as one. */
    private static void forgetAdvertised(Kernel kernel, NetworkState state, String link) {
        state.addresses().stream()
                .filter(address -> address.link().equals(link) && isAdvertised(address))
                .forEach(address -> kernel.perform(new Step.DeleteAddress(address)));
        state.routes().stream()
                .filter(route -> route.family() == Family.IPV6 && route.uses(link) && isAdvertised(route, state, link))
                .forEach(route -> kernel.perform(new Step.DeleteRoute(route)));
    }

    /** A network that is said to be on the link has the kernel's own protocol, and outlives the address made of it. */
    private static boolean isAdvertised(Route route, NetworkState state, String link) {
        if (route.protocol() == Route.PROTOCOL_ROUTER_ADVERTISEMENT) {
            return true;
        }
        return route.protocol() == Route.PROTOCOL_KERNEL
                && route.table() == Route.MAIN
                && route.type() == Route.Type.UNICAST
                && !LINK_LOCAL.contains(route.destination().address())
                && state.addresses().stream()
                        .filter(address -> address.link().equals(link) && !isAdvertised(address))
                        .noneMatch(address -> address.address().network().equals(route.destination()));
    }

    private static boolean isAdvertised(Address address) {
        return address.protocol() == Address.PROTOCOL_KERNEL_ROUTER_ADVERTISEMENT
                || address.flags().contains(Address.Flag.MANAGE_TEMPORARY);
    }

    /** The endpoint's interface inside: the engine chose its name, so it is found by its address. */
    private static Optional<String> link(NetworkState state, Endpoint endpoint) {
        Optional<String> byAddress = state.addresses().stream()
                .filter(address -> endpoint.addresses().anyMatch(address.address()::equals))
                .map(address -> address.link())
                .findFirst();
        // Several have one MAC address where they share an uplink's: it is none of those that have an address already.
        return byAddress.or(() -> state.links().values().stream()
                .filter(link -> endpoint.mac().equals(link.attributes().mac()))
                .filter(link -> state.addressesOf(link.name()).stream().allMatch(Address::isKernelMade))
                .map(Link::name)
                .findFirst());
    }

    private boolean inside(String sandbox, Consumer<Kernel> work) {
        try {
            return sandboxes.inside(sandbox, work);
        } catch (OnlinkException | SystemCallException failed) {
            // The container may end at any moment, and its interfaces go one by one.
            log.warn("inside sandbox {}: {}", sandbox, failed.getMessage());
            return true;
        }
    }
}
