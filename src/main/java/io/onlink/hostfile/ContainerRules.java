package io.onlink.hostfile;

import io.onlink.hostfile.Draft.ContainersDraft;
import io.onlink.hostfile.Draft.SegmentDraft;
import io.onlink.model.AddressRange;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.math.BigInteger;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What containers get on a segment: a Docker network of its name, a pool with addresses in it, a router in reach. */
final class ContainerRules {
    /** RestrictedNamePattern of the engine (daemon/names/names.go). */
    private static final Pattern DOCKER_NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

    private static final Set<String> DOCKERS_OWN = Set.of("bridge", "host", "none", "default");

    private ContainerRules() {}

    static void check(Draft draft, Problems problems) {
        for (SegmentDraft segment : draft.segments()) {
            if (segment.name().value().isBlank()) {
                problems.add(segment.name().place(), "a segment without a name; one is expected");
            }
            segment.containers().ifPresent(containers -> {
                checkName(segment.name(), problems);
                checkAddresses(segment, containers, problems);
                checkOverlaps(containers.pool().values(), problems);
                checkWhatIsLeft(segment, containers, draft.reserved(segment), problems);
                checkRouters(segment, containers.routers().values(), problems);
            });
        }
    }

    private static void checkName(Located<String> name, Problems problems) {
        if (!DOCKER_NAME.matcher(name.value()).matches()) {
            problems.add(
                    name.place(),
                    "Docker takes no network of the name '%s'; letters, digits, '_', '.' and '-' are allowed, a letter or digit first"
                            .formatted(name.value()));
        } else if (DOCKERS_OWN.contains(name.value())) {
            problems.add(
                    name.place(),
                    "'%s' is a network of Docker's own; another name is expected".formatted(name.value()));
        }
    }

    private static void checkAddresses(SegmentDraft segment, ContainersDraft containers, Problems problems) {
        if (!segment.addresses().complete()) {
            return;
        }
        if (segment.networks().isEmpty()) {
            problems.add(
                    containers.label(),
                    "%s has no addresses, and so no network to take containers' from; give the host one on it"
                            .formatted(segment.title()));
            return;
        }
        for (Located<AddressRange> range : containers.pool().values()) {
            if (!isInOneNetwork(range.value(), segment)) {
                problems.add(
                        range.place(),
                        "%s is not within a network of %s; addresses in %s are expected"
                                .formatted(range.value(), segment.title(), list(segment.networks())));
            }
        }
    }

    private static boolean isInOneNetwork(AddressRange range, SegmentDraft segment) {
        return segment.networks().stream()
                .anyMatch(network -> network.contains(range.first()) && network.contains(range.last()));
    }

    private static void checkOverlaps(List<Located<AddressRange>> pool, Problems problems) {
        for (int i = 1; i < pool.size(); i++) {
            Located<AddressRange> range = pool.get(i);
            pool.subList(0, i).stream()
                    .filter(earlier -> earlier.value().overlaps(range.value()))
                    .findFirst()
                    .ifPresent(earlier -> problems.add(
                            range.place(),
                            "%s overlaps %s (line %d); each address is in one range"
                                    .formatted(range.value(), earlier.value(), earlier.line())));
        }
    }

    /** Counts without counting through: a pool may be an IPv6 /64. */
    private static void checkWhatIsLeft(
            SegmentDraft segment, ContainersDraft containers, Set<IpAddress> reserved, Problems problems) {
        Map<Family, BigInteger> left = new EnumMap<>(Family.class);
        Map<Family, Place> first = new EnumMap<>(Family.class);
        for (Located<AddressRange> range : containers.pool().values()) {
            if (!isInOneNetwork(range.value(), segment)) {
                return;
            }
            long taken = reserved.stream().filter(range.value()::contains).count();
            BigInteger free = range.value().size().subtract(BigInteger.valueOf(taken));
            left.merge(range.value().family(), free, BigInteger::add);
            first.putIfAbsent(range.value().family(), range.place());
        }
        left.forEach((family, free) -> {
            if (free.signum() == 0) {
                problems.add(
                        Objects.requireNonNull(first.get(family)),
                        "the pool has no %s address for a container: all are the host's, a router's or the network's own; a larger range is expected"
                                .formatted(RouteRules.nameOf(family)));
            }
        });
    }

    private static void checkRouters(SegmentDraft segment, List<Located<IpAddress>> routers, Problems problems) {
        Map<Family, Located<IpAddress>> first = new EnumMap<>(Family.class);
        for (Located<IpAddress> router : routers) {
            routerRefusal(router.value(), segment).ifPresent(refusal -> problems.add(router.place(), refusal));
            Located<IpAddress> earlier = first.putIfAbsent(router.value().family(), router);
            if (earlier != null) {
                problems.add(
                        router.place(),
                        "%s is the %s router already (line %d); containers have one of each family"
                                .formatted(
                                        earlier.value(),
                                        RouteRules.nameOf(router.value().family()),
                                        earlier.line()));
            }
        }
    }

    private static Optional<String> routerRefusal(IpAddress router, SegmentDraft segment) {
        Optional<String> refusal = UnicastAddress.refusal(router);
        if (refusal.isPresent()) {
            return refusal.map(reason -> reason + "; a router's address is expected");
        }
        boolean isOwn = segment.addresses().values().stream()
                .anyMatch(own -> own.value().ip().equals(router));
        if (isOwn) {
            return Optional.of(router + " is the host's own address; the host does not route for containers");
        }
        return router.isIpv6LinkLocal() ? Optional.empty() : RouteRules.offNetwork(router, segment);
    }

    private static String list(List<IpNetwork> networks) {
        return networks.stream().map(IpNetwork::toString).collect(Collectors.joining(", "));
    }
}
