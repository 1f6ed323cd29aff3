package io.onlink.attach;

import io.onlink.desired.OwnLink;
import io.onlink.failure.KernelException;
import io.onlink.kernel.LinuxKernel;
import io.onlink.model.Bridge;
import io.onlink.model.Link;
import io.onlink.step.Step;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Spares frames that stay on a segment's bridge the way through iptables. br_netfilter shows it every bridge's frames where the sysctl
 * {@code bridge-nf-call-iptables} says so, as it does from the start, and a bridge's own option cannot overrule that. But where the
 * sysctl is off the options decide (net/bridge/br_netfilter_hooks.c): so it is turned off, and every bridge that is no segment's has
 * its own turned on. Nothing changes for those, and nobody's rule loses a frame that it did something to: if there is such a rule, all
 * stays, or goes back, as it was found.
 *
 * <p>What was changed is written down before it is done, so that {@link #giveBack} knows it after a crash. Any thread.
 */
public final class BridgeNetfilter {
    private static final Logger log = LoggerFactory.getLogger(BridgeNetfilter.class);

    private static final String ON = "1";
    private static final String OFF = "0";

    private final LinuxKernel kernel;
    private final BridgeNetfilterFile file;

    /** The segments' bridges; null while all is as it was found. */
    private @Nullable Collection<String> spared;

    private String said = "";

    /**
     * @param kernel of the host's namespace; used by nobody else at the same time
     * @param file what was changed
     */
    public BridgeNetfilter(LinuxKernel kernel, BridgeNetfilterFile file) {
        this.kernel = kernel;
        this.file = file;
    }

    /** The sysctl and the option of a bridge that say the same, for a family. */
    private enum Tables {
        IPTABLES("net/bridge/bridge-nf-call-iptables") {
            @Override
            boolean isOn(Bridge bridge) {
                return bridge.options().iptables();
            }
        },
        IP6TABLES("net/bridge/bridge-nf-call-ip6tables") {
            @Override
            boolean isOn(Bridge bridge) {
                return bridge.options().ip6tables();
            }
        };

        private final String sysctl;

        Tables(String sysctl) {
            this.sysctl = sysctl;
        }

        abstract boolean isOn(Bridge bridge);

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        Bridge.Options turned(Bridge bridge, boolean on) {
            return this == IPTABLES
                    ? bridge.options().withTables(on, bridge.options().ip6tables())
                    : bridge.options().withTables(bridge.options().iptables(), on);
        }
    }

    /** The host's bridges that are no segment's. */
    public synchronized SortedSet<String> others(Collection<String> segments) {
        return kernel.bridges().stream()
                .filter(bridge -> !isSegments(bridge, segments))
                .map(Bridge::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Spares the segments' frames, or says why not. Idempotent; to be called again from time to time, as others turn the sysctl on.
     *
     * @param segments bridges whose frames are spared; none: all goes back as it was found
     * @param acting a rule that would lose such frames
     * @throws KernelException if the kernel refuses
     */
    public synchronized void ensure(Collection<String> segments, Optional<String> acting) {
        if (segments.isEmpty()) {
            giveBack();
            return;
        }
        if (acting.isPresent()) {
            if (!acting.equals(Optional.ofNullable(file.read().kept()))) {
                giveBack();
                file.keep(acting.get());
            }
            say("frames that stay on %s go through iptables, as a rule there means some: %s"
                    .formatted(String.join(", ", segments), acting.get()));
            return;
        }
        if (file.read().kept() != null) {
            file.clear();
        }
        spared = List.copyOf(segments);
        forgetFormerOthers(segments);
        for (Tables tables : Tables.values()) {
            @Nullable String value = kernel.sysctls(List.of(tables.sysctl)).get(tables.sysctl);
            boolean isOn = ON.equals(value);
            if (isOn || (OFF.equals(value) && file.read().sysctls().contains(tables.sysctl))) {
                kernel.bridges().forEach(bridge -> keepOn(bridge, tables));
            }
            if (isOn) {
                file.changed(tables.sysctl);
                kernel.perform(new Step.SetSysctl(tables.sysctl, ON, OFF));
                say("frames that stay on %s are spared the way through iptables"
                        .formatted(String.join(", ", segments)));
            }
        }
    }

    /** Bridges that were others': those that are gone, and those that are a segment's by now, whose frames are spared as well. */
    private void forgetFormerOthers(Collection<String> segments) {
        file.read().bridges().forEach((name, changed) -> {
            if (!(kernel.link(name) instanceof Bridge bridge)) {
                file.forget(name);
            } else if (segments.contains(name)) {
                if (turnOff(bridge, changed)) {
                    log.info("frames of {} are spared, as it is a segment's by now", name);
                }
                file.forget(name);
            }
        });
    }

    /** Whether there was something to do. */
    private boolean turnOff(Bridge bridge, Collection<String> changed) {
        Bridge sparing = bridge;
        for (String tables : changed) {
            sparing = new Bridge(bridge.attributes(), Tables.valueOf(tables).turned(sparing, false));
        }
        if (sparing.equals(bridge)) {
            return false;
        }
        kernel.perform(new Step.SetBridgeOptions(bridge.name(), bridge.options(), sparing.options()));
        return true;
    }

    /** A link is there, or has changed: if it is another's bridge, and new, it is to be as it would have been. */
    public synchronized void linkChanged(Link link) {
        if (spared == null || !(link instanceof Bridge bridge)) {
            return;
        }
        for (Tables tables : Tables.values()) {
            if (!tables.isOn(bridge)
                    && file.read().sysctls().contains(tables.sysctl)
                    // A report may be older than what was done since, be it by us.
                    && kernel.link(bridge.name()) instanceof Bridge current) {
                keepOn(current, tables);
            }
        }
    }

    private void keepOn(Bridge bridge, Tables tables) {
        if (spared == null || isSegments(bridge, spared) || tables.isOn(bridge)) {
            return;
        }
        file.changed(bridge.name(), tables.name());
        kernel.perform(new Step.SetBridgeOptions(bridge.name(), bridge.options(), tables.turned(bridge, true)));
        log.info("frames of {} go through {} as before, by its own option", bridge.name(), tables);
    }

    /** While a change is under way its bridges have other names than the file that was applied says. */
    private static boolean isSegments(Bridge bridge, Collection<String> segments) {
        return segments.contains(bridge.name()) || OwnLink.isOne(bridge);
    }

    /** As it was found: the sysctls first, so that no frame passes unseen meanwhile. Idempotent. */
    public synchronized void giveBack() {
        spared = null;
        BridgeNetfilterFile.Changes changes = file.read();
        if (changes.isNone()) {
            file.clear();
            return;
        }
        for (String sysctl : changes.sysctls()) {
            if (OFF.equals(kernel.sysctls(List.of(sysctl)).get(sysctl))) {
                kernel.perform(new Step.SetSysctl(sysctl, OFF, ON));
            }
        }
        for (Map.Entry<String, SortedSet<String>> changed : changes.bridges().entrySet()) {
            if (kernel.link(changed.getKey()) instanceof Bridge bridge) {
                turnOff(bridge, changed.getValue());
            }
        }
        file.clear();
        say("frames that stay on a segment's bridge go through iptables, as those of every bridge");
    }

    /** Not every time it is looked at. */
    private void say(String what) {
        if (!what.equals(said)) {
            said = what;
            log.info(what);
        }
    }
}
