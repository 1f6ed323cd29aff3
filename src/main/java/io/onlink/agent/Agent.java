package io.onlink.agent;

import io.onlink.apply.Settlement;
import io.onlink.apply.StateDirectory;
import io.onlink.attach.Attachments;
import io.onlink.attach.BridgeNetfilter;
import io.onlink.attach.BridgeNetfilterFile;
import io.onlink.attach.ClaimMonitor;
import io.onlink.attach.LinuxSandboxes;
import io.onlink.attach.WireProbe;
import io.onlink.companion.Companions;
import io.onlink.docker.PluginServer;
import io.onlink.failure.OnlinkException;
import io.onlink.ipam.AddressRegistry;
import io.onlink.ipam.ClaimTurns;
import io.onlink.ipam.Subnet;
import io.onlink.kernel.LinuxKernel;
import io.onlink.model.Bridge;
import io.onlink.netlink.LinkMonitor;
import io.onlink.netlink.NetworkEvent;
import io.onlink.nftables.DockerTables;
import io.onlink.nftables.GuardTable;
import io.onlink.nftables.RulesetMonitor;
import io.onlink.reconcile.Reconciler;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon of a host: Docker's driver {@code onlink} and what goes with it. It may be killed at any time: running
 * containers do not need it, and all it has to know is in its {@link Store}.
 */
public final class Agent implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Agent.class);

    private static final int TIMER_THREADS = 2;
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private boolean started;
    private boolean closed;

    private Agent() {}

    /**
     * Where an agent finds its things.
     *
     * @param hostFile read again whenever it changes
     * @param runDirectory for the lock that keeps a second agent away
     * @param stateDirectory for what lasts across reboots
     * @param pluginSocket where the engine looks for the driver
     * @param engine where the engine listens
     * @param supervisor is told while the agent is alive
     */
    public record Settings(
            Path hostFile,
            Path runDirectory,
            Path stateDirectory,
            Path pluginSocket,
            URI engine,
            Supervisor supervisor) {}

    /**
     * Starts an agent in the calling thread's network namespace. When it returns the plugin answers; the engine need not
     * be there yet.
     *
     * @throws io.onlink.failure.OnlinkException if it cannot run: a wrong host file, another agent, no access
     */
    public static Agent start(Settings settings) {
        Agent agent = new Agent();
        try {
            agent.open(settings);
            return agent;
        } catch (RuntimeException failed) {
            agent.close();
            throw failed;
        }
    }

    /** Whether an agent runs for a run directory. */
    public static boolean isRunning(Path runDirectory) {
        return AgentLock.isTaken(runDirectory);
    }

    private void open(Settings settings) {
        InstantSource clock = InstantSource.system();
        DeclaredHost declared = DeclaredHost.read(settings.hostFile());
        with(AgentLock.take(settings.runDirectory()));
        PluginServer.refuseIfAnothers(settings.pluginSocket());
        Store store = with(Store.open(Store.fileIn(settings.stateDirectory()), clock));
        ScheduledThreadPoolExecutor timer = timer();
        settleOpenChanges(settings.stateDirectory(), timer, clock);
        LinuxKernel kernel = with(LinuxKernel.open());
        LinuxKernel view = with(LinuxKernel.open());
        GuardTable guard = with(GuardTable.open());
        StateDirectory state = new StateDirectory(settings.stateDirectory());
        WireProbe probe = with(new WireProbe(declared::segments, clock));
        ClaimTurns turns = new ClaimTurns(ClaimTurns.PATIENCE, ClaimTurns.LONGEST_WAIT);
        SeenContainers seen = new SeenContainers(clock);
        Attachments attachments = new Attachments(
                declared::segments, store, kernel, view, new LinuxSandboxes(), guard, turns, probe, timer, clock);
        AddressRegistry addresses =
                new AddressRegistry(() -> subnets(declared), store, attachments, seen, turns, probe, clock);
        BridgeNetfilter netfilter =
                new BridgeNetfilter(with(LinuxKernel.open()), new BridgeNetfilterFile(settings.runDirectory()));
        BridgedFrames frames =
                with(BridgedFrames.start(declared, DockerTables.open().map(this::with), netfilter));
        EngineLoop engine = new EngineLoop(
                settings.engine(), declared, store, attachments, addresses, seen, new Companions(clock), frames);
        Reconciler reconciler =
                with(Reconciler.open(state, settings.runDirectory(), attachments, declared::bridges, clock));
        // First the monitor, as below.
        with(RulesetMonitor.start(new FilterWatch(guard, frames, reconciler)));
        attachments.guardAll();
        // First the monitor, then the look: what changes in between is seen twice, not never.
        with(LinkMonitor.start((event, portId) -> {
            tell(attachments, probe, timer, event);
            reconciler.tell(event, portId);
            if (event instanceof NetworkEvent.LinkChanged(Bridge bridge, var _)) {
                timer.execute(logged("another's bridge", () -> netfilter.linkChanged(bridge)));
            }
        }));
        with(ClaimMonitor.start(attachments));
        PluginServer plugin = with(PluginServer.start(settings.pluginSocket(), attachments, addresses));
        fromTimeToTime(timer, logged("no engine can find the plugin", plugin::listenAgainIfRemoved));
        fromTimeToTime(timer, logged("no restart of the agent would find its state", store::writeAnewIfRemoved));
        log.info("the Docker plugin answers on {}", settings.pluginSocket());
        timer.execute(attachments::lookAtAll);
        reconciler.start();
        settings.supervisor().watchdog().ifPresent(limit -> watch(settings.supervisor(), limit, reconciler, timer));
        with(engine).start();
        started = true;
    }

    /** First of all, and from time to time: a change of the host whose writer and timer are both dead. */
    private void settleOpenChanges(Path stateDirectory, ScheduledThreadPoolExecutor timer, InstantSource clock) {
        Settlement settlement = new Settlement(
                new StateDirectory(stateDirectory),
                with(LinuxKernel.open()),
                step -> log.warn("taking back a change that was not finished: {}", step.command()));
        Runnable look = logged("a change of the host is open", () -> {
            var _ = settlement.settleIfDue(clock);
        });
        look.run();
        fromTimeToTime(timer, look);
    }

    /** By the timer that serves the containers, and only while the single writer goes round: if one of them hangs, so do we. */
    private static void watch(
            Supervisor supervisor, Duration limit, Reconciler reconciler, ScheduledThreadPoolExecutor timer) {
        Runnable tell = () -> {
            if (reconciler.isAlive(limit)) {
                supervisor.isAlive();
            }
        };
        var _ = timer.scheduleWithFixedDelay(tell, 0, limit.toMillis() / 3, TimeUnit.MILLISECONDS);
    }

    private static void fromTimeToTime(ScheduledThreadPoolExecutor timer, Runnable look) {
        var _ = timer.scheduleWithFixedDelay(
                look, BETWEEN_LOOKS.toMillis(), BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** A timer never runs again what has thrown. */
    private static Runnable logged(String problem, Runnable look) {
        return () -> {
            try {
                look.run();
            } catch (OnlinkException failed) {
                log.error("{}: {}", problem, failed.getMessage());
            } catch (RuntimeException failed) {
                log.error("{}, and the look at it failed in a way it should not", problem, failed);
            }
        };
    }

    private ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
                TIMER_THREADS, Thread.ofPlatform().name("timer-", 0).daemon().factory());
        with(timer::shutdownNow);
        return timer;
    }

    private static List<Subnet> subnets(DeclaredHost declared) {
        return declared.containerSegments().stream()
                .flatMap(segment -> Subnet.of(segment).stream())
                .toList();
    }

    private static void tell(
            Attachments attachments, WireProbe probe, ScheduledThreadPoolExecutor timer, NetworkEvent event) {
        switch (event) {
            case NetworkEvent.LinkChanged(var link, var status) -> {
                probe.portChanged(link.name(), status.portState());
                attachments.portChanged(link.name(), status.portState());
                attachments.carrierChanged(link.name(), link.isUp() && status.lowerUp());
            }
            case NetworkEvent.PortChanged(String link, var state) -> {
                probe.portChanged(link, state);
                attachments.portChanged(link, state);
            }
            case NetworkEvent.LinkDeleted(String link) -> attachments.linkDeleted(link);
            case NetworkEvent.Resync _ -> timer.execute(attachments::lookAtAll);
            case NetworkEvent.PortLeft _,
                    NetworkEvent.AddressAdded _,
                    NetworkEvent.AddressDeleted _,
                    NetworkEvent.RouteAdded _,
                    NetworkEvent.RouteDeleted _,
                    NetworkEvent.RuleAdded _,
                    NetworkEvent.RuleDeleted _ -> {}
        }
    }

    /** Ends what was started, the last first. Containers run on. Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception failed) {
                log.warn("stopping the agent: {}", failed.toString());
            }
        }
        if (started) {
            log.info("the agent has stopped; containers run on");
        }
    }

    private <T extends AutoCloseable> T with(T part) {
        parts.push(part);
        return part;
    }
}
