package io.onlink.docker;

import io.onlink.failure.EngineException;
import io.onlink.model.IpNetwork;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The Docker networks that stand for the host file's segments. */
public final class SegmentNetworks {
    private static final Logger log = LoggerFactory.getLogger(SegmentNetworks.class);

    private SegmentNetworks() {}

    /**
     * A segment that containers can be on: a Docker network of the same name.
     *
     * @param subnets at most one a family
     */
    public record Specification(String segment, List<IpNetwork> subnets) {
        public Specification {
            subnets = List.copyOf(subnets);
        }

        private Set<String> subnetTexts() {
            return subnets.stream().map(IpNetwork::toString).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /**
     * Makes the networks that are missing and leaves alone those that are there. Idempotent.
     *
     * @return what is in the way, for a person's eyes; the others were made all the same
     */
    public static List<String> ensure(Engine engine, List<Specification> wanted) {
        List<String> problems = new ArrayList<>();
        List<EngineNetwork> networks = engine.networks();
        for (Specification specification : wanted) {
            List<EngineNetwork> namesakes = networks.stream()
                    .filter(network -> network.name().equals(specification.segment()))
                    .toList();
            if (namesakes.isEmpty()) {
                try {
                    engine.createNetwork(specification.segment(), specification.segment(), specification.subnets());
                    log.info("made Docker network {} {}", specification.segment(), specification.subnets());
                } catch (EngineException refused) {
                    problems.add(String.valueOf(refused.getMessage()));
                }
                continue;
            }
            boolean isAmbiguous = wanted.stream()
                    .anyMatch(other -> !other.equals(specification)
                            && !Collections.disjoint(other.subnets(), specification.subnets()));
            namesakes.forEach(network -> compare(specification, isAmbiguous, network, problems));
        }
        return problems;
    }

    /**
     * Removes every network of Onlink's.
     *
     * @return those that the engine keeps, as containers are on them, each with its reason
     */
    public static List<String> removeAll(Engine engine) {
        List<String> problems = new ArrayList<>();
        for (EngineNetwork network : engine.networks()) {
            if (!network.isOnlinks()) {
                continue;
            }
            try {
                engine.removeNetwork(network.id());
            } catch (EngineException refused) {
                problems.add(String.valueOf(refused.getMessage()));
            }
        }
        return problems;
    }

    private static void compare(
            Specification specification, boolean isAmbiguous, EngineNetwork network, List<String> problems) {
        String name = specification.segment();
        if (!network.isOnlinks()) {
            problems.add(
                    "segment %s has no Docker network: there is one of that name with driver %s; remove it (docker network rm %s) or give the segment another name"
                            .formatted(name, network.driver(), name));
            return;
        }
        if (!network.ipamDriver().equals(Engine.DRIVER)) {
            problems.add(
                    "Docker network %s has Onlink's driver but the address manager %s; remove it (docker network rm %s) and Onlink makes it anew"
                            .formatted(name, network.ipamDriver(), name));
            return;
        }
        if (!network.subnets().equals(specification.subnetTexts())) {
            problems.add(
                    "Docker network %s has %s, the host file says %s; remove it (docker network rm %s) and Onlink makes it anew"
                            .formatted(name, new TreeSet<>(network.subnets()), specification.subnetTexts(), name));
        }
        if (isAmbiguous && !name.equals(network.ipamOptions().get(Engine.SEGMENT_OPTION))) {
            problems.add(
                    "Docker network %s does not say by --ipam-opt %s=%s whose addresses it has, and another segment has them too; remove it (docker network rm %s) and Onlink makes it anew"
                            .formatted(name, Engine.SEGMENT_OPTION, name, name));
        }
    }
}
