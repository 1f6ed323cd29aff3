package io.onlink.agent;

import io.onlink.attach.BridgeNetfilter;
import io.onlink.docker.BridgedForwarding;
import io.onlink.failure.OnlinkException;
import io.onlink.hostfile.Segment;
import io.onlink.nftables.DockerTables;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of frames that stay on a segment's bridge in the host's packet filter: Docker's lets them pass, and where nobody
 * misses them it does not see them. It asks and changes by other programs, which takes a while: so it has a thread of its own, and no
 * event of the engine's waits for it.
 */
final class BridgedFrames implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BridgedFrames.class);

    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final DeclaredHost declared;
    private final BridgedForwarding forwarding = new BridgedForwarding();
    private final Optional<DockerTables> dockerTables;
    private final BridgeNetfilter netfilter;
    private final Semaphore asked = new Semaphore(0);
    private final Thread thread =
            Thread.ofPlatform().name("bridged-frames").daemon().unstarted(this::run);

    /** Bridges whose frames were let pass Docker's firewall. */
    private final Set<String> passing = new HashSet<>();

    private String said = "";

    private BridgedFrames(DeclaredHost declared, Optional<DockerTables> dockerTables, BridgeNetfilter netfilter) {
        this.declared = declared;
        this.dockerTables = dockerTables;
        this.netfilter = netfilter;
    }

    static BridgedFrames start(DeclaredHost declared, Optional<DockerTables> dockerTables, BridgeNetfilter netfilter) {
        BridgedFrames frames = new BridgedFrames(declared, dockerTables, netfilter);
        frames.thread.start();
        return frames;
    }

    /** Looks at once, or a second after the last look. For any thread. */
    void look() {
        asked.release();
    }

    /** Rules and sysctls stay as they are. Idempotent. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (true) {
                asked.acquire();
                asked.drainPermits();
                try {
                    ensure();
                } catch (OnlinkException refused) {
                    // The engine may just be making its tables anew: there is a notice of that too.
                    say(String.valueOf(refused.getMessage()));
                } catch (RuntimeException bug) {
                    log.error("a look at the packet filter failed in a way it should not", bug);
                }
                Thread.sleep(BETWEEN_LOOKS);
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    private void ensure() {
        declared.refresh();
        List<String> bridges = bridges();
        passing.addAll(bridges);
        forwarding.ensure(bridges);
        dockerTables.ifPresent(tables -> tables.ensure(bridges));
        // 'onlink down' takes the rules out once nothing is declared any more: ours may have come in after that.
        declared.refresh();
        removeOfUndeclared();
        spare(bridges());
    }

    private void removeOfUndeclared() {
        Set<String> gone = new HashSet<>(passing);
        bridges().forEach(gone::remove);
        if (!gone.isEmpty()) {
            forwarding.remove(gone);
            dockerTables.ifPresent(tables -> tables.remove(gone));
            passing.removeAll(gone);
        }
    }

    /** After our own rules are there, as they end what a frame could meet. */
    private void spare(List<String> bridges) {
        Optional<String> acting = bridges.isEmpty()
                ? Optional.empty()
                : forwarding
                        .actingOn(bridges, netfilter.others(bridges))
                        .or(() -> dockerTables.flatMap(DockerTables::chainOfOthers));
        netfilter.ensure(bridges, acting);
    }

    private List<String> bridges() {
        return declared.containerSegments().stream()
                .filter(Segment::hasBridge)
                .map(Segment::link)
                .toList();
    }

    /** Not every time it is looked at. */
    private void say(String problem) {
        if (!problem.equals(said)) {
            said = problem;
            log.warn(problem);
        }
    }
}
