package io.onlink.reconcile;

import io.onlink.apply.StateDirectory;
import io.onlink.attach.Attachments;
import io.onlink.attach.Endpoint;
import io.onlink.failure.OnlinkException;
import io.onlink.kernel.LinuxKernel;
import io.onlink.model.Bridge;
import io.onlink.model.Link;
import io.onlink.model.Route;
import io.onlink.netlink.NetworkEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the host as the file last applied says, and containers' ports in their bridges. It is told of changes, waits for
 * the end of their burst, looks, and puts right what is Onlink's; nothing while somebody else changes the host or a change
 * waits for confirmation. What others add is theirs. It has a platform thread of its own.
 */
public final class Reconciler implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

    /** What nobody tells of is seen within this time: sysctls, a file newly applied, a repair that is due. */
    private static final Duration TICK = Duration.ofMillis(250);

    /** One command of an administrator is several notices. */
    private static final Duration BURST = Duration.ofMillis(100);

    /** A container's link that loses its bridge is most often on its way out. */
    private static final Duration BEFORE_PORTS = Duration.ofMillis(200);

    /** In case that a notice was lost in a way nobody thought of. */
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(30);

    private static final Duration AFTER_SOMEBODY_ELSE = Duration.ofMillis(300);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    private final LinuxKernel kernel;
    private final Supplier<? extends Collection<String>> bridges;
    private final InstantSource steady = new SteadyClock();
    private final Docket docket;
    private final Culprits culprits;
    private final HostRepair host;
    private final PortRepair ports;
    private final SysctlWatch sysctls;
    private final Thread thread =
            Thread.ofPlatform().name("reconciler").daemon().unstarted(this::run);

    /** By link; of the thread that tells. */
    private final Map<String, Boolean> carrier = new HashMap<>();

    private final Map<String, Integer> mtus = new HashMap<>();
    private final Semaphore wakeups = new Semaphore(0);
    private volatile boolean closed;
    private volatile Instant lastRound = Instant.EPOCH;

    /** Guarded by this, as all that follows: what there is to look at. */
    private boolean hostIsDue = true;

    private Instant allPortsDue = Instant.MIN;
    private final Map<String, Instant> portsDue = new HashMap<>();

    /** Bridges that went: their ports are to come back with them. */
    private final Set<String> missingBridges = new HashSet<>();

    private Reconciler(
            StateDirectory directory,
            Path runDirectory,
            LinuxKernel kernel,
            Attachments attachments,
            Supplier<? extends Collection<String>> bridges,
            InstantSource clock) {
        this.kernel = kernel;
        this.bridges = bridges;
        this.docket = new Docket(new DriftFile(runDirectory), clock, steady);
        this.culprits = new Culprits(steady);
        this.host = new HostRepair(directory, kernel, docket, culprits, clock);
        this.ports = new PortRepair(directory, attachments, docket);
        this.sysctls = new SysctlWatch(kernel);
    }

    /**
     * Opens in the calling thread's network namespace; it looks at nothing before {@link #start}.
     *
     * @param directory says what is applied
     * @param runDirectory for the {@link DriftFile}
     * @param bridges of the segments, as they are declared now
     * @param clock the time of day, for what people read
     * @throws io.onlink.failure.KernelException if the kernel gives no socket
     */
    public static Reconciler open(
            StateDirectory directory,
            Path runDirectory,
            Attachments attachments,
            Supplier<? extends Collection<String>> bridges,
            InstantSource clock) {
        LinuxKernel kernel = LinuxKernel.open();
        // Later an engine may have a thousand connections.
        kernel.openFirewall();
        return new Reconciler(directory, runDirectory, kernel, attachments, bridges, clock);
    }

    /** Looks at everything, and from then on at what {@link #tell} says. */
    public void start() {
        lastRound = steady.instant();
        thread.start();
    }

    /** Tells of a change of the network, whoever made it. Quick; for any thread. */
    public void tell(NetworkEvent event, int portId) {
        boolean matters = switch (event) {
            case NetworkEvent.LinkChanged(Link link, var status) -> {
                tellOfCarrier(link, status.lowerUp());
                tellOfMtu(link);
                tellOfPort(link);
                yield isOurs(link.name());
            }
            case NetworkEvent.LinkDeleted(String link) -> {
                tellOfDeletion(link);
                yield isOurs(link);
            }
            case NetworkEvent.PortLeft(String link) -> {
                tellOfPort(link);
                yield isOurs(link);
            }
            case NetworkEvent.PortChanged(String link, var _) -> {
                tellOfPort(link);
                yield false;
            }
            case NetworkEvent.AddressAdded(var address) -> isOurs(address.link());
            case NetworkEvent.AddressDeleted(var address) -> isOurs(address.link());
            case NetworkEvent.RouteAdded(Route route) -> isOurs(route);
            case NetworkEvent.RouteDeleted(Route route) -> isOurs(route) || isConnectedOfOurs(route);
            case NetworkEvent.RuleAdded _, NetworkEvent.RuleDeleted _ -> true;
            case NetworkEvent.Resync _ -> {
                lookAtAllPorts();
                yield true;
            }
        };
        if (matters) {
            culprits.notice(event, portId);
            lookAtHost();
        }
    }

    /**
     * Tells that the host's firewall may not be as it was. Quick; for any thread.
     *
     * @param program who did it, as the kernel has it; empty where that is not known
     */
    public void tellOfFirewall(Optional<String> program) {
        program.ifPresent(culprits::noticeFirewall);
        lookAtHost();
    }

    private boolean isOurs(String link) {
        return host.extent().links().contains(link);
    }

    private boolean isOurs(Route route) {
        return !route.isKernelMade() && leavesByOurs(route);
    }

    /** It goes with its address, or by itself. */
    private boolean isConnectedOfOurs(Route route) {
        return route.protocol() == Route.PROTOCOL_KERNEL && route.table() != Route.LOCAL && leavesByOurs(route);
    }

    private boolean leavesByOurs(Route route) {
        return route.nextHops().stream()
                .map(Route.NextHop::link)
                .filter(Objects::nonNull)
                .anyMatch(this::isOurs);
    }

    /** Nobody can put that right from here, and it is no drift; but it explains what does not work. */
    private void tellOfCarrier(Link link, boolean now) {
        String segment = host.extent().uplinks().get(link.name());
        if (segment == null || !link.isUp()) {
            return;
        }
        Boolean before = carrier.put(link.name(), now);
        if (before == null || before == now) {
            return;
        }
        if (now) {
            log.info("uplink {} of {} has a carrier again", link.name(), segment);
        } else {
            log.warn(
                    "uplink {} of {} has no carrier: look at the cable, and at the switch's port",
                    link.name(),
                    segment);
        }
    }

    /** Its ports are to have it too. While nobody has set a bridge's own it goes down with a port's, and hides what was done to that. */
    private void tellOfMtu(Link link) {
        if (link instanceof Bridge && bridges.get().contains(link.name())) {
            int now = link.attributes().mtu();
            Integer before = mtus.put(link.name(), now);
            if (before == null || before != now) {
                lookAtAllPorts();
            }
        }
    }

    private synchronized void tellOfPort(Link link) {
        if (link.isUp() && missingBridges.remove(link.name())) {
            lookAtAllPorts();
        }
        tellOfPort(link.name());
        Endpoint.ownNameOf(link).ifPresent(this::tellOfPort);
    }

    private synchronized void tellOfPort(String link) {
        if (Endpoint.isHostLink(link)) {
            portsDue.putIfAbsent(link, steady.instant().plus(BEFORE_PORTS));
        }
    }

    private synchronized void tellOfDeletion(String link) {
        tellOfPort(link);
        if (bridges.get().contains(link)) {
            missingBridges.add(link);
        }
    }

    private synchronized void lookAtHost() {
        hostIsDue = true;
        wakeups.release();
    }

    private synchronized void lookAtAllPorts() {
        allPortsDue = steady.instant();
        wakeups.release();
    }

    /** Whether it went round within that time: it does four times a second, and longer only while it puts something right. */
    public boolean isAlive(Duration limit) {
        return lastRound.plus(limit).isAfter(steady.instant());
    }

    private void run() {
        Instant next = steady.instant();
        Instant quietUntil = next;
        String failure = "";
        try {
            while (await()) {
                Instant now = steady.instant();
                lastRound = now;
                try {
                    if (takeHost() || (!now.isBefore(quietUntil) && isDueByItself()) || !now.isBefore(next)) {
                        boolean again = host.look() == HostRepair.Ending.NOT_OUR_TURN;
                        next = steady.instant().plus(again ? AFTER_SOMEBODY_ELSE : BETWEEN_LOOKS);
                    }
                    lookAtPorts();
                    failure = "";
                } catch (RuntimeException failed) {
                    failure = log(failed, failure);
                    next = steady.instant().plus(AFTER_FAILURE);
                    quietUntil = next;
                }
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Logs it, unless it is the one of the round before.
     *
     * @return what was logged last
     */
    private static String log(RuntimeException failed, String before) {
        if (failed.toString().equals(before)) {
            return before;
        }
        if (failed instanceof OnlinkException) {
            log.error("drift cannot be looked for: {}", failed.getMessage());
        } else {
            log.error("looking for drift failed in a way it should not", failed);
        }
        return failed.toString();
    }

    /** @return false if there is nothing more to do, ever */
    private boolean await() throws InterruptedException {
        var _ = wakeups.tryAcquire(TICK.toMillis(), TimeUnit.MILLISECONDS);
        if (isHostDue()) {
            // Not longer for more of the same: a loop of somebody's must not keep us from looking.
            Thread.sleep(BURST);
        }
        wakeups.drainPermits();
        return !closed;
    }

    private synchronized boolean isHostDue() {
        return hostIsDue;
    }

    private synchronized boolean takeHost() {
        boolean due = hostIsDue;
        hostIsDue = false;
        return due;
    }

    private boolean isDueByItself() {
        boolean newlyApplied = host.isNewlyApplied();
        if (newlyApplied) {
            docket.beginAnew();
        }
        boolean repairIsDue =
                docket.next().filter(due -> !due.isAfter(steady.instant())).isPresent();
        boolean turned = sysctls.changed(host.extent().sysctls());
        return turned || newlyApplied || repairIsDue;
    }

    private void lookAtPorts() {
        Instant now = steady.instant();
        Set<String> some = new HashSet<>();
        boolean all;
        synchronized (this) {
            all = !allPortsDue.isAfter(now);
            allPortsDue = all ? now.plus(BETWEEN_LOOKS) : allPortsDue;
            portsDue.entrySet().removeIf(due -> !due.getValue().isAfter(now) && some.add(due.getKey()));
        }
        for (Subject subject : docket.open()) {
            if (subject instanceof Subject.OfPort port) {
                some.add(port.link());
            }
        }
        HostRepair.Ending ending = all ? ports.lookAtAll() : ports.lookAt(some);
        if (ending == HostRepair.Ending.NOT_OUR_TURN) {
            lookAtAllPortsBy(now.plus(AFTER_SOMEBODY_ELSE));
        }
    }

    private synchronized void lookAtAllPortsBy(Instant latest) {
        allPortsDue = allPortsDue.isBefore(latest) ? allPortsDue : latest;
    }

    /** A repair that is under way is finished first. Idempotent. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            wakeups.release();
        }
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        kernel.close();
    }
}
