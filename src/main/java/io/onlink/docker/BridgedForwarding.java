package io.onlink.docker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets frames that stay on a segment's bridge pass Docker's firewall: with br_netfilter on, its FORWARD policy DROP hits
 * them too. The rule goes into the chain that Docker keeps for others, DOCKER-USER, by the tool that Docker itself uses:
 * the chain belongs to iptables, and only through iptables is it certain to be the same back end as the engine's. It stands
 * at the end of FORWARD as well: at its start, and with each network, the engine takes the jump to DOCKER-USER out and puts it
 * in again ({@code EnsureJumpRule}, libnetwork/iptables), and in these milliseconds the policy would drop what comes.
 */
public final class BridgedForwarding {
    private static final Logger log = LoggerFactory.getLogger(BridgedForwarding.class);

    /** One a family; an engine that does not manage IPv6 has no such chain there, and drops nothing there. */
    private static final List<String> TOOLS = List.of("iptables", "ip6tables");

    /** Both families and back ends, as whoever wrote a rule need not have used the one that the plain command is. */
    private static final List<String> LISTINGS =
            List.of("iptables-nft-save", "iptables-legacy-save", "ip6tables-nft-save", "ip6tables-legacy-save");

    private static final String CHAIN = "DOCKER-USER";

    /** Where the rule stands: first, as what comes after may return; last, as it is to decide only what nothing else did. */
    private enum Place {
        BEFORE_DOCKERS(CHAIN, "-I"),
        BEFORE_THE_POLICY("FORWARD", "-A");

        private final String chain;
        private final String addition;

        Place(String chain, String addition) {
            this.chain = chain;
            this.addition = addition;
        }
    }

    private final Collection<String> said = ConcurrentHashMap.newKeySet();

    /**
     * Puts the rules in that are missing. Idempotent; to be called again from time to time, as others flush chains. Blocks for
     * some milliseconds.
     */
    public void ensure(Collection<String> bridges) {
        for (String tool : TOOLS) {
            if (!hasChain(tool)) {
                continue;
            }
            for (String bridge : bridges) {
                for (Place place : Place.values()) {
                    ensure(tool, place, bridge);
                }
            }
        }
    }

    private void ensure(String tool, Place place, String bridge) {
        if (run(tool, "-C", place, bridge).succeeded()) {
            return;
        }
        Outcome added = run(tool, place.addition, place, bridge);
        if (added.succeeded()) {
            log.info("frames that stay on {} pass Docker's firewall: {}", bridge, added.command());
        } else {
            say("frames on %s are dropped by Docker's firewall: %s: %s"
                    .formatted(bridge, added.command(), added.output()));
        }
    }

    /** Takes the rules out again. Idempotent. */
    public void remove(Collection<String> bridges) {
        for (String tool : TOOLS) {
            if (!hasChain(tool)) {
                continue;
            }
            for (String bridge : bridges) {
                for (Place place : Place.values()) {
                    while (run(tool, "-C", place, bridge).succeeded()
                            && run(tool, "-D", place, bridge).succeeded()) {
                        log.info("{}: took the rule for {} out of {}", tool, bridge, place.chain);
                    }
                }
            }
        }
    }

    /**
     * The first rule that does something to a frame that stays on one of the bridges, and would miss it if br_netfilter did not
     * show it: an administrator's, or another program's; empty where it makes no difference.
     *
     * @param others the host's other bridges
     */
    public Optional<String> actingOn(Collection<String> bridges, Set<String> others) {
        return LISTINGS.stream()
                .flatMap(listing -> {
                    IptablesSave rules = IptablesSave.parse(listed(listing));
                    return bridges.stream()
                            .flatMap(bridge -> rules.actingOn(bridge, others).stream())
                            .map(rule -> listing.replaceFirst("-(nft|legacy)-save$", "") + " " + rule);
                })
                .findFirst();
    }

    private static String listed(String listing) {
        try {
            return run(List.of(listing)).output();
        } catch (UncheckedIOException notInstalled) {
            log.debug("{} is not there: no rule can be its", listing, notInstalled);
            return "";
        }
    }

    private boolean hasChain(String tool) {
        try {
            return run(List.of(tool, "-w", "5", "-n", "-L", CHAIN)).succeeded();
        } catch (UncheckedIOException missing) {
            say("%s is not there, so Docker's firewall is not asked to let bridged frames pass: %s"
                    .formatted(tool, missing.getMessage()));
            return false;
        }
    }

    private static Outcome run(String tool, String action, Place place, String bridge) {
        List<String> command = new ArrayList<>(List.of(tool, "-w", "5", action, place.chain));
        command.addAll(List.of("-m", "physdev", "--physdev-is-bridged", "-i", bridge, "-o", bridge, "-j", "ACCEPT"));
        return run(command);
    }

    private static Outcome run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            // Also for one who is to stop: a rule that goes in unseen would stay. The tool gives up by itself.
            int exitCode = process.onExit().join().exitValue();
            return new Outcome(String.join(" ", command), exitCode, output.strip());
        } catch (IOException refused) {
            throw new UncheckedIOException(refused);
        }
    }

    /** Once, not every time it is looked at. */
    private void say(String problem) {
        if (said.add(problem)) {
            log.warn(problem);
        }
    }

    private record Outcome(String command, int exitCode, String output) {
        boolean succeeded() {
            return exitCode == 0;
        }
    }
}
