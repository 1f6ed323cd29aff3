package io.onlink.agent;

import io.onlink.attach.Attachments;
import io.onlink.attach.Endpoint;
import io.onlink.attach.SegmentNetwork;
import io.onlink.companion.Companions;
import io.onlink.docker.ContainerRename;
import io.onlink.docker.Engine;
import io.onlink.docker.EngineContainer;
import io.onlink.docker.EngineEndpoint;
import io.onlink.docker.EngineEvent;
import io.onlink.docker.EngineNetwork;
import io.onlink.docker.SegmentNetworks;
import io.onlink.failure.EngineException;
import io.onlink.failure.OnlinkException;
import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import io.onlink.ipam.AddressRegistry;
import io.onlink.model.Family;
import io.onlink.model.IpNetwork;
import io.onlink.model.MacAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the agent does of its own accord with the engine: makes the networks, compares what the engine knows with what we
 * keep, starts companions. It has a thread of its own, waits for an engine that is not there, and begins anew after each
 * of its restarts. No plugin call waits for it.
 */
final class EngineLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EngineLoop.class);

    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration BETWEEN_COMPARISONS = Duration.ofSeconds(30);
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(200);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    /** In the queue of events: there will be no more. */
    private static final EngineEvent END = new EngineEvent("onlink", "end", "", Map.of());

    private final URI host;
    private final DeclaredHost declared;
    private final Store store;
    private final Attachments attachments;
    private final AddressRegistry addresses;
    private final SeenContainers seen;
    private final Companions companions;
    private final VainLabels vainLabels = new VainLabels();
    private final ContainersInVrfs inVrfs = new ContainersInVrfs();
    private final BridgedFrames frames;
    private final Thread thread = Thread.ofPlatform().name("engine").daemon().unstarted(this::run);
    private final Set<String> said = new HashSet<>();

    /** The file by which all ports were guarded last. */
    private HostFile guarded;

    private Set<String> missingNetworks = Set.of();

    EngineLoop(
            URI host,
            DeclaredHost declared,
            Store store,
            Attachments attachments,
            AddressRegistry addresses,
            SeenContainers seen,
            Companions companions,
            BridgedFrames frames) {
        this.host = host;
        this.declared = declared;
        this.store = store;
        this.attachments = attachments;
        this.addresses = addresses;
        this.seen = seen;
        this.companions = companions;
        this.frames = frames;
        this.guarded = declared.file();
    }

    void start() {
        thread.start();
    }

    /** Ends the loop; companions and containers go on. Idempotent. */
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
        Duration wait = SHORTEST_WAIT;
        while (!Thread.currentThread().isInterrupted()) {
            Every longSession = new Every(LONGEST_WAIT);
            try (Engine engine = Engine.connect(host)) {
                log.info("connected to the Docker Engine at {}", host);
                said.clear();
                session(engine);
            } catch (InterruptedException stopping) {
                return;
            } catch (EngineException gone) {
                say(gone.getMessage() + "; waiting for it");
            } catch (RuntimeException bug) {
                log.error("the engine's side failed in a way it should not; beginning anew", bug);
            }
            // One that ends at once may do so again and again.
            if (longSession.isDue()) {
                wait = SHORTEST_WAIT;
            }
            try {
                await(wait);
            } catch (InterruptedException stopping) {
                return;
            }
            wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.multipliedBy(2);
        }
    }

    private void await(Duration wait) throws InterruptedException {
        Every end = new Every(wait);
        while (!end.isDue()) {
            Thread.sleep(wait.compareTo(TICK) < 0 ? wait : TICK);
            try {
                takeUpFile();
            } catch (RuntimeException failed) {
                log.error("the host file of the moment is not taken up; trying again", failed);
            }
        }
    }

    /** Until the engine goes. */
    private void session(Engine engine) throws InterruptedException {
        LinkedBlockingQueue<EngineEvent> events = new LinkedBlockingQueue<>();
        CountDownLatch following = new CountDownLatch(1);
        Thread follower = Thread.ofPlatform().name("engine-events").daemon().start(() -> {
            try {
                engine.follow(following::countDown, event -> {
                    seen.note(event);
                    events.add(event);
                });
            } catch (EngineException | InterruptedException ended) {
                log.debug("no more events", ended);
            } finally {
                events.add(END);
                following.countDown();
            }
        });
        try {
            // First the events, then the comparison: what happens in between is in both, not in neither.
            following.await();
            compare(engine);
            List<EngineContainer> running = engine.runningContainers();
            seen.running(running.stream().map(EngineContainer::name).collect(Collectors.toSet()));
            running.forEach(this::rememberName);
            companions.running(engine, running);
            inVrfs.running(engine, running);
            Every second = new Every(TICK);
            Every comparison = new Every(BETWEEN_COMPARISONS);
            while (true) {
                EngineEvent event = events.poll(TICK.toMillis(), TimeUnit.MILLISECONDS);
                if (event != null) {
                    attempt(() -> handle(engine, event));
                }
                // By the clock, as a busy engine's events never pause.
                if (second.isDue()) {
                    companions.lookAtAll(engine);
                    inVrfs.lookAtAll();
                    boolean isDeclaredAnew = takeUpFile();
                    if (comparison.isDue() || isDeclaredAnew) {
                        compare(engine);
                    }
                }
            }
        } finally {
            follower.interrupt();
        }
    }

    /** Guards by the file as it is now; false if it has not changed. Needs no engine: containers run on without it. */
    private boolean takeUpFile() {
        declared.refresh();
        HostFile now = declared.file();
        if (now.equals(guarded)) {
            return false;
        }
        attachments.guardAll();
        guarded = now;
        return true;
    }

    /**
     * What the disk or the kernel refuses keeps nothing else from being done, and the next comparison tries again. An engine that went away
     * ends the session.
     */
    private void attempt(Runnable part) {
        try {
            part.run();
        } catch (EngineException gone) {
            throw gone;
        } catch (OnlinkException refused) {
            say(String.valueOf(refused.getMessage()));
        }
    }

    private void handle(Engine engine, EngineEvent event) {
        if (event.equals(END)) {
            throw new EngineException("the Docker Engine at %s went away".formatted(host));
        }
        switch (event.type() + " " + event.action()) {
            case "container start" ->
                engine.runningContainer(event.actor()).ifPresent(container -> {
                    // First of all: its process is at work.
                    inVrfs.started(engine, container);
                    rememberName(container);
                    companions.started(engine, container);
                });
            case "container die" -> {
                companions.ended(event.actor());
                inVrfs.ended(event.actor());
            }
            case "container create" ->
                engine.container(event.actor())
                        .ifPresent(container -> seen.mountsAt(container.name(), container.root()));
            case "container rename" -> renamed(engine, event);
            case "container destroy" -> {
                vainLabels.forget(event.actor());
                store.containers(engine.containerNames());
            }
            case "network connect" ->
                Optional.ofNullable(event.attributes().get("container"))
                        .flatMap(engine::runningContainer)
                        .ifPresent(this::rememberName);
            // A network of the engine's own may have made it close FORWARD for a family for the first time.
            case "network create" -> frames.look();
            default -> {}
        }
    }

    private void renamed(Engine engine, EngineEvent event) {
        ContainerRename.of(event).ifPresent(rename -> {
            if (rename.isSetAside()) {
                store.setAside(rename.from());
            } else {
                store.renamed(rename.from(), rename.to());
            }
        });
        engine.runningContainer(event.actor()).ifPresent(this::rememberName);
    }

    private void compare(Engine engine) {
        SegmentNetworks.ensure(engine, networks()).forEach(this::say);
        attempt(frames::look);
        Set<String> known = new HashSet<>();
        List<EngineNetwork> ours =
                engine.networks().stream().filter(EngineNetwork::isOnlinks).toList();
        for (EngineNetwork network : ours) {
            if (store.network(network.id()).isEmpty()) {
                attempt(() -> adopt(network));
            }
            for (EngineEndpoint endpoint : engine.endpoints(network.id())) {
                known.add(endpoint.id());
                attempt(() -> compare(engine, network, endpoint));
            }
        }
        attempt(() -> attachments.forgetAllBut(known));
        attempt(() -> store.containers(engine.containerNames()));
        attempt(addresses::forgetDeadClaims);
        attempt(() -> forgetNetworks(ours));
        startWhatMissedUs(engine);
    }

    private void compare(Engine engine, EngineNetwork network, EngineEndpoint endpoint) {
        if (store.endpoint(endpoint.id()).isEmpty()) {
            adopt(engine, network, endpoint);
        }
        if (seen.isAskedFor(endpoint.name())) {
            store.name(endpoint.id(), endpoint.name(), null);
        } else {
            engine.runningContainer(endpoint.container()).ifPresent(this::rememberName);
        }
    }

    /** The engine tells of a network once: if our state was lost, it is known from what the user wrote then. */
    private void adopt(EngineNetwork network) {
        declared.containerSegments().stream()
                .filter(segment -> network.segment()
                        .map(segment.name()::equals)
                        .orElseGet(() -> segment.networks().stream()
                                .map(IpNetwork::toString)
                                .anyMatch(network.subnets()::contains)))
                .findFirst()
                .ifPresent(segment -> {
                    log.info(
                            "Docker network {} is on segment {}: taken into the agent's state",
                            network.name(),
                            segment.name());
                    store.put(new SegmentNetwork(network.id(), segment.name()), List.of());
                });
    }

    /** Likewise an endpoint: its container runs, and nobody else is to get its addresses. */
    private void adopt(Engine engine, EngineNetwork network, EngineEndpoint endpoint) {
        Optional<SegmentNetwork> segment = store.network(network.id());
        Optional<String> sandbox = engine.sandbox(endpoint.container());
        MacAddress mac = endpoint.mac();
        if (segment.isEmpty() || sandbox.isEmpty() || mac == null) {
            return;
        }
        Endpoint adopted = new Endpoint(
                endpoint.id(),
                network.id(),
                segment.get().segment(),
                endpoint.ipv4(),
                endpoint.ipv6(),
                mac,
                null,
                sandbox.get(),
                endpoint.name(),
                Instant.now());
        // It may have been deleted since the engine listed it, and its address be another's.
        if (adopted.addresses()
                .anyMatch(
                        address -> store.lease(adopted.segment(), address.ip()).isPresent())) {
            return;
        }
        log.info("container {} is on segment {}: taken into the agent's state", endpoint.name(), network.name());
        store.put(adopted);
        attachments.guard(adopted);
    }

    /**
     * Twice in a row: the engine lists a network only after it has told us of it. Not while containers live on it, of which
     * another engine, or one that lost its own state, knows nothing.
     */
    private void forgetNetworks(List<EngineNetwork> known) {
        Set<String> missing = new HashSet<>();
        store.networks().forEach(network -> missing.add(network.id()));
        known.forEach(network -> missing.remove(network.id()));
        store.endpoints().forEach(endpoint -> missing.remove(endpoint.network()));
        missing.stream().filter(missingNetworks::contains).forEach(id -> {
            log.info("Docker network {} is gone from the engine: forgotten", id);
            store.removeNetwork(id);
        });
        missingNetworks = missing;
    }

    private void startWhatMissedUs(Engine engine) {
        for (EngineContainer container : engine.containersFailedForWantOfPlugin()) {
            try {
                log.info(
                        "container {} is to restart by itself, and could not while the agent was not there: starting it",
                        container.name());
                engine.start(container.id());
            } catch (EngineException refused) {
                log.warn("container {} does not start: {}", container.name(), refused.getMessage());
            }
        }
    }

    private void rememberName(EngineContainer container) {
        vainLabels.look(container);
        try {
            seen.mountsAt(container.name(), container.root());
            container.endpoints().forEach(endpoint -> store.name(endpoint, container.name(), container.root()));
            seen.kept(container.id());
            attachments.started(container.endpoints());
            attachments.labelled(container.endpoints(), container.labels());
        } catch (OnlinkException refused) {
            log.warn("the name and labels of container {} are not kept: {}", container.name(), refused.getMessage());
        }
    }

    private List<SegmentNetworks.Specification> networks() {
        return declared.containerSegments().stream()
                .map(segment -> new SegmentNetworks.Specification(segment.name(), subnets(segment)))
                .toList();
    }

    /** A family without a pool is left out, or every container would have to name an address of it. */
    private static List<IpNetwork> subnets(Segment segment) {
        return segment.networks().stream()
                .filter(network -> network.family() == Family.IPV4 || hasPool(segment, network))
                .toList();
    }

    private static boolean hasPool(Segment segment, IpNetwork network) {
        return segment.containers()
                .map(containers -> containers.pool().stream().anyMatch(range -> network.contains(range.first())))
                .orElse(false);
    }

    /** Once a session, not every time it is looked at. */
    private void say(String problem) {
        if (said.add(problem)) {
            log.warn(problem);
        }
    }

    /** Due once in each period, however often it is asked. */
    private static final class Every {
        private final long period;
        private long next;

        Every(Duration period) {
            this.period = period.toNanos();
            this.next = System.nanoTime() + this.period;
        }

        boolean isDue() {
            long now = System.nanoTime();
            if (now - next < 0) {
                return false;
            }
            next = now + period;
            return true;
        }
    }
}
