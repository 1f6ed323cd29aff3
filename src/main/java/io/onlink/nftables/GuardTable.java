package io.onlink.nftables;

import io.onlink.failure.KernelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The table {@code bridge onlink} of a network namespace: the guard of containers' ports, and their firewall. Every change
 * is one transaction of the kernel's: a frame is judged by what was before or by what is after. For any platform thread.
 */
public final class GuardTable implements PortGuard, AutoCloseable {
    /** To delete what is not there would be an error; to add what is there is none. */
    private static final String REMOVAL = "add table %1$s\ndelete table %1$s\n".formatted(GuardRules.TABLE);

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Nftables nftables;
    private final ReentrantLock lock = new ReentrantLock();

    /** What stands in the table, by link: what has to be deleted to forget one. Guarded by the lock. */
    private final SequencedMap<String, GuardedPort> ports = new LinkedHashMap<>();

    /** Of these ports. Guarded by the lock. */
    private AdmissionChains chains = AdmissionChains.NONE;

    private GuardTable(Nftables nftables) {
        this.nftables = nftables;
    }

    /**
     * Opens in the calling thread's network namespace; changes nothing.
     *
     * @throws io.onlink.failure.UnsupportedException where libnftables is not installed
     */
    public static GuardTable open() {
        return new GuardTable(Nftables.open());
    }

    @Override
    public void protect(GuardedPort port) {
        lock.lock();
        try {
            GuardedPort before = ports.get(port.link());
            if (port.equals(before)) {
                return;
            }
            if (ports.isEmpty()) {
                replaceAll(List.of(port));
                return;
            }
            Elements now = Elements.of(List.of(port));
            Elements was = elements(before);
            AdmissionChains chainsAfter = chains.with(port).without(before);
            change(
                    chainsAfter.creations(chains)
                            + was.without(now).commands("delete")
                            + now.without(was).commands("add")
                            + chains.deletions(chainsAfter),
                    "guard the port " + port.link(),
                    after -> after.put(port.link(), port),
                    chainsAfter);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void release(Collection<String> links) {
        lock.lock();
        try {
            SequencedMap<String, GuardedPort> released = new LinkedHashMap<>(ports);
            released.keySet().retainAll(links);
            if (released.isEmpty()) {
                return;
            }
            if (released.size() == ports.size()) {
                replaceAll(List.of());
                return;
            }
            AdmissionChains chainsAfter = chains;
            for (GuardedPort port : released.values()) {
                chainsAfter = chainsAfter.without(port);
            }
            change(
                    Elements.of(released.values()).commands("delete")
                            + chains.deletions(chainsAfter)
                            + withoutCounters(released.keySet()),
                    "forget the ports " + String.join(", ", released.keySet()),
                    after -> after.keySet().removeAll(released.keySet()),
                    chainsAfter);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void replaceAll(Collection<GuardedPort> replacement) {
        lock.lock();
        try {
            SequencedMap<String, GuardedPort> after = new LinkedHashMap<>();
            replacement.forEach(port -> after.put(port.link(), port));
            AdmissionChains chainsAfter = AdmissionChains.of(after.values());
            if (after.isEmpty()) {
                remove();
            } else {
                replaceWith(GuardRules.text()
                        + chainsAfter.creations(AdmissionChains.NONE)
                        + Elements.of(after.values()).commands("add"));
            }
            ports.clear();
            ports.putAll(after);
            chains = chainsAfter;
        } finally {
            lock.unlock();
        }
    }

    /** Where it is refused, somebody may have changed the table a moment ago, and has not been noticed yet: then all is set up anew. */
    private void change(
            String commands,
            String doing,
            Consumer<SequencedMap<String, GuardedPort>> portsAfter,
            AdmissionChains chainsAfter) {
        try {
            nftables.run(commands, doing);
        } catch (KernelException changedMeanwhile) {
            SequencedMap<String, GuardedPort> after = new LinkedHashMap<>(ports);
            portsAfter.accept(after);
            try {
                replaceAll(after.values());
            } catch (KernelException alsoRefused) {
                changedMeanwhile.addSuppressed(alsoRefused);
                throw changedMeanwhile;
            }
            return;
        }
        portsAfter.accept(ports);
        chains = chainsAfter;
    }

    /** Takes the whole table away, also one that another program made; where there are no ports there is none. Idempotent. */
    public void remove() {
        nftables.run(REMOVAL, "remove the guard of containers' ports");
    }

    /** Puts everything back as it was last said, whoever changed it meanwhile. */
    public void restore() {
        lock.lock();
        try {
            replaceAll(List.copyOf(ports.values()));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Whether the table is there with all that the ports need, as far as can be counted: for when it is not known what was
     * changed.
     */
    public boolean isIntact() {
        lock.lock();
        try {
            if (ports.isEmpty()) {
                return true;
            }
            Elements elements = Elements.of(ports.values());
            Map<String, Integer> sizes = new HashMap<>();
            Set<String> chainsWithRules = new HashSet<>();
            for (JsonNode object : read("table " + GuardRules.TABLE).path("nftables")) {
                JsonNode set = object.path("set");
                sizes.put(set.path("name").asString(""), set.path("elem").size());
                chainsWithRules.add(object.path("rule").path("chain").asString(""));
            }
            return GuardRules.SETS_OF_PORTS.stream().allMatch(set -> sizes.getOrDefault(set, -1) == elements.count(set))
                    && chainsWithRules.containsAll(GuardRules.CHAIN_NAMES);
        } catch (KernelException noSuchTable) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** First so that counters and conversations stay; where the sets are not ours, or an older version's, without. */
    private void replaceWith(String contents) {
        String emptied = GuardRules.SETS_OF_PORTS.stream()
                        .map(set -> "flush set %s %s\n".formatted(GuardRules.TABLE, set))
                        .collect(Collectors.joining())
                + "flush map %s %s\n".formatted(GuardRules.TABLE, GuardRules.ADMISSIONS)
                + admissionChains().stream().map(AdmissionChain::deletion).collect(Collectors.joining());
        String doing = "set up the guard of containers' ports";
        try {
            nftables.run("flush table " + GuardRules.TABLE + "\n" + emptied + contents, doing);
        } catch (KernelException absentOrOther) {
            nftables.run(REMOVAL + contents, doing);
        }
    }

    /** Those in the kernel, of an earlier agent too. */
    private List<String> admissionChains() {
        List<String> names = new ArrayList<>();
        for (JsonNode object : read("chains bridge").path("nftables")) {
            JsonNode chain = object.path("chain");
            String name = chain.path("name").asString("");
            if (GuardRules.TABLE.endsWith(" " + chain.path("table").asString(""))
                    && name.startsWith(AdmissionChain.PREFIX)) {
                names.add(name);
            }
        }
        return names;
    }

    private static Elements elements(@Nullable GuardedPort port) {
        return Elements.of(port == null ? List.of() : List.of(port));
    }

    /** To delete what may not be there is an error of the whole transaction; to add what is there is none. */
    private static String withoutCounters(Collection<String> links) {
        List<String> counted = links.stream().map(Elements::quoted).toList();
        return Arrays.stream(Offence.values())
                .map(Offence::set)
                .map(set -> Elements.command("add", set, counted) + Elements.command("delete", set, counted))
                .collect(Collectors.joining());
    }

    /**
     * What was dropped, by port and reason; empty where there is no such table. Reads the kernel, so any program may ask.
     *
     * @throws KernelException if what the library lists is not understood
     */
    public List<Dropped> dropped() {
        try {
            return dropped(read("table " + GuardRules.TABLE));
        } catch (KernelException noSuchTable) {
            return List.of();
        }
    }

    private JsonNode read(String what) {
        try {
            return JSON.readTree(nftables.list(what));
        } catch (JacksonException unreadable) {
            throw new KernelException("list " + what, 0, "not JSON: " + unreadable.getMessage(), unreadable);
        }
    }

    private static List<Dropped> dropped(JsonNode listed) {
        Map<String, Offence> offences =
                Arrays.stream(Offence.values()).collect(Collectors.toMap(Offence::set, offence -> offence));
        List<Dropped> dropped = new ArrayList<>();
        for (JsonNode object : listed.path("nftables")) {
            JsonNode set = object.path("set");
            Offence offence = offences.get(set.path("name").asString(""));
            if (offence == null) {
                continue;
            }
            for (JsonNode element : set.path("elem")) {
                JsonNode counted = element.path("elem");
                JsonNode counter = counted.path("counter");
                dropped.add(new Dropped(
                        counted.path("val").asString(""),
                        offence,
                        counter.path("packets").asLong(0),
                        counter.path("bytes").asLong(0)));
            }
        }
        return dropped;
    }

    @Override
    public void close() {
        nftables.close();
    }
}
