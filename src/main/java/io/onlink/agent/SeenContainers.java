package io.onlink.agent;

import io.onlink.docker.ContainerRename;
import io.onlink.docker.EngineEvent;
import io.onlink.ipam.Claimants;
import io.onlink.ipam.KeptAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is seen of containers that start. The engine mounts a container's file system before it claims addresses for it, and
 * unmounts it at its end; and it tells at once of a container that is made or renamed. For any thread.
 *
 * <p>Where the engine does not tell where it mounts (its containerd image store), a container counts as starting for a short
 * time after it was made or ended.
 */
final class SeenContainers implements Claimants {
    private static final Logger log = LoggerFactory.getLogger(SeenContainers.class);

    /** As octal in mountinfo, proc_pid_mountinfo(5), as its fields are separated by spaces. */
    private static final String SPACE = "\\040";

    /** In place of a path where the engine tells none. */
    private static final String UNKNOWN = "";

    private static final int MOUNT_POINT = 4;

    /** From the making of a container, or its end, to its start. */
    private static final Duration SOON = Duration.ofSeconds(10);

    private final Path mountInfo;
    private final InstantSource clock;

    /** When a container was made, ended, or got another name while it did not run, by name; until it starts. */
    private final Map<String, Instant> sightings = new ConcurrentHashMap<>();

    /** Ids of those of which it is kept what they have on the segments, since they started last or were connected. */
    private final Set<String> kept = ConcurrentHashMap.newKeySet();

    /** Where the engine mounts containers' file systems while they run, by name. */
    private final Map<String, String> roots = new ConcurrentHashMap<>();

    /** Those that run, as far as it was told. */
    private final Set<String> running = ConcurrentHashMap.newKeySet();

    SeenContainers(Path mountInfo, InstantSource clock) {
        this.mountInfo = mountInfo;
        this.clock = clock;
    }

    /** From what this process sees mounted. */
    SeenContainers(InstantSource clock) {
        this(Path.of("/proc/self/mountinfo"), clock);
    }

    /** To be called as soon as an event is there: the container may ask within milliseconds. */
    void note(EngineEvent event) {
        String name = event.attributes().get("name");
        if (event.type().equals("network") && event.action().equals("connect")) {
            kept.remove(event.attributes().getOrDefault("container", ""));
        }
        if (!event.type().equals("container") || name == null) {
            return;
        }
        switch (event.action()) {
            case "create" -> sightings.put(name, clock.instant());
            case "die" -> {
                running.remove(name);
                sighted(event.actor(), name);
            }
            case "rename" -> ContainerRename.of(event).ifPresent(rename -> renamed(event.actor(), rename));
            case "start" -> {
                kept.remove(event.actor());
                sightings.remove(name);
                running.add(name);
            }
            case "destroy" -> {
                kept.remove(event.actor());
                sightings.remove(name);
                running.remove(name);
                roots.remove(name);
            }
            default -> {}
        }
    }

    /** Of one whose addresses are kept it is known where it may ask: its own file system and what is kept tell when. */
    private void sighted(String id, String name) {
        if (!kept.contains(id)) {
            sightings.put(name, clock.instant());
        }
    }

    private void renamed(String id, ContainerRename rename) {
        sightings.remove(rename.from());
        if (running.remove(rename.from())) {
            running.add(rename.to());
        } else if (!rename.isSetAside()) {
            sighted(id, rename.to());
        }
        String root = roots.remove(rename.from());
        if (root != null) {
            roots.put(rename.to(), root);
        }
    }

    /** These containers run, and no others. */
    void running(Set<String> names) {
        running.retainAll(names);
        running.addAll(names);
    }

    /** What a container, which runs, has on the segments is kept for its name by now. */
    void kept(String id) {
        kept.add(id);
    }

    /** A container has its file system there while it runs; null if the engine does not tell. */
    void mountsAt(String name, @Nullable String root) {
        roots.put(name, root == null ? UNKNOWN : root);
    }

    /** Whether it was said where a container's file system is, or that it is not known. */
    boolean isAskedFor(String name) {
        return roots.containsKey(name);
    }

    @Override
    public Optional<String> asking(Collection<KeptAddress> detached) {
        Instant soon = clock.instant().minus(SOON);
        sightings.values().removeIf(when -> when.isBefore(soon));
        Map<String, String> candidates = new HashMap<>();
        sightings.keySet().forEach(name -> candidates.put(name, roots.getOrDefault(name, UNKNOWN)));
        // Of one that was removed the root is gone too, and of one that was made anew another.
        detached.stream().filter(kept -> kept.gone() == null).forEach(kept -> {
            String root = roots.getOrDefault(kept.container(), kept.root());
            if (root != null) {
                // Of one that was made just now it is not the root that the one before had.
                candidates.putIfAbsent(kept.container(), root);
            }
        });
        if (candidates.isEmpty()) {
            return Optional.empty();
        }
        Set<String> mounted = mounted();
        candidates.values().removeIf(root -> !root.equals(UNKNOWN) && !mounted.contains(root));
        return candidates.size() == 1 ? candidates.keySet().stream().findFirst() : Optional.empty();
    }

    private Set<String> mounted() {
        try {
            return Files.readAllLines(mountInfo).stream()
                    .map(line -> line.split(" ", MOUNT_POINT + 2))
                    .filter(fields -> fields.length > MOUNT_POINT)
                    .map(fields -> fields[MOUNT_POINT].replace(SPACE, " "))
                    .collect(Collectors.toSet());
        } catch (IOException unreadable) {
            log.warn("{} cannot be read: which container asks for an address is not known: {}", mountInfo, unreadable);
            return Set.of();
        }
    }
}
