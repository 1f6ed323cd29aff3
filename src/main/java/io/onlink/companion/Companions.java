package io.onlink.companion;

import io.onlink.docker.Engine;
import io.onlink.docker.EngineContainer;
import io.onlink.docker.EngineExec;
import io.onlink.failure.EngineException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the companions of running containers alive. They belong to their containers: an agent or an engine that ends
 * leaves them, and finds them again.
 *
 * <p>Not for several threads: the agent has one for it, as every method may wait for the engine.
 */
public final class Companions {
    private static final Logger log = LoggerFactory.getLogger(Companions.class);

    private final InstantSource clock;
    private final Map<String, Map<String, Watch>> watched = new HashMap<>();

    /** For an agent that starts: it knows of no companion yet. */
    public Companions(InstantSource clock) {
        this.clock = clock;
    }

    /** After connecting to the engine: these containers run, and no others. */
    public void running(Engine engine, Collection<EngineContainer> containers) {
        Set<String> ids = containers.stream().map(EngineContainer::id).collect(Collectors.toSet());
        watched.keySet().retainAll(ids);
        containers.forEach(container -> started(engine, container));
    }

    /** A container runs, from now on or still. */
    public void started(Engine engine, EngineContainer container) {
        List<Companion> companions = Companion.of(container.id(), container.name(), container.labels());
        if (companions.isEmpty()) {
            return;
        }
        Map<String, Watch> watches = watched.computeIfAbsent(container.id(), id -> new HashMap<>());
        companions.forEach(companion -> watches.computeIfAbsent(
                companion.name(), name -> new Watch(companion, BackOff.start(), clock.instant())));
        watches.values().forEach(watch -> look(engine, watch));
    }

    /** A container ended, and its companions with it. */
    public void ended(String container) {
        watched.remove(container);
    }

    /** To be called every second or so: starts what has died. */
    public void lookAtAll(Engine engine) {
        watched.values().stream()
                .flatMap(watches -> watches.values().stream())
                .toList()
                .forEach(watch -> look(engine, watch));
    }

    private void look(Engine engine, Watch watch) {
        try {
            if (watch.isAlive()) {
                return;
            }
            if (watch.process != null) {
                noteEnd(engine, watch);
            }
            if (!clock.instant().isBefore(watch.notBefore)) {
                findOrStart(engine, watch);
            }
        } catch (EngineException failed) {
            postpone(watch);
            log.warn("{}: {}; again in {} s", watch.companion, failed.getMessage(), watch.delay(clock));
        }
    }

    private void noteEnd(Engine engine, Watch watch) {
        Duration alive = Duration.between(watch.since, clock.instant());
        watch.process = null;
        watch.backOff = watch.backOff.after(alive);
        postpone(watch);
        if (engine.runningContainer(watch.companion.container()).isEmpty()) {
            ended(watch.companion.container());
            return;
        }
        Optional<EngineExec> exec = Optional.ofNullable(watch.execution).flatMap(engine::exec);
        String how = exec.map(EngineExec::exitCode).map(Companions::explain).orElse("ended");
        log.warn(
                "{} {} after {} s: {}; again in {} s",
                watch.companion,
                how,
                alive.toSeconds(),
                watch.companion.command(),
                watch.delay(clock));
    }

    private static String explain(long exitCode) {
        return "ended with exit code " + exitCode
                + switch ((int) exitCode) {
                    case 0 -> " (a companion is to stay in the foreground: there is an option for that, as php-fpm -F)";
                    case 126 -> " (the command cannot be executed in the container)";
                    case 127 -> " (there is no such command in the container)";
                    default -> "";
                };
    }

    private void findOrStart(Engine engine, Watch watch) {
        Companion companion = watch.companion;
        Optional<ProcessHandle> found = find(engine, companion);
        if (found.isPresent()) {
            watch.watch(found.get(), null, clock.instant());
            log.info("{} runs already (pid {})", companion, found.get().pid());
            return;
        }
        String execution = engine.exec(companion.container(), companion.commandLine(), companion.environment());
        long pid = engine.exec(execution).map(EngineExec::pid).orElse(0L);
        Optional<ProcessHandle> process = pid == 0 ? Optional.empty() : ProcessHandle.of(pid);
        if (process.isPresent()) {
            watch.watch(process.get(), execution, clock.instant());
            log.info("{} started (pid {}): {}", companion, pid, companion.command());
            return;
        }
        String how = engine.exec(execution)
                .map(EngineExec::exitCode)
                .map(Companions::explain)
                .orElse("ended at once");
        postpone(watch);
        log.warn("{} {}: {}; again in {} s", companion, how, companion.command(), watch.delay(clock));
    }

    /** The first process of a companion that an agent started before; its children have the mark too. */
    private static Optional<ProcessHandle> find(Engine engine, Companion companion) {
        return engine.processes(companion.container()).stream()
                .filter(pid -> companion.isMarkedIn(environ(pid)))
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .min(Comparator.comparing((ProcessHandle process) ->
                                process.info().startInstant().orElse(Instant.MAX))
                        .thenComparingLong(ProcessHandle::pid));
    }

    private static String environ(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException ended) {
            return "";
        }
    }

    private void postpone(Watch watch) {
        watch.notBefore = clock.instant().plus(watch.backOff.next());
        watch.backOff = watch.backOff.longer();
    }

    /** A companion, and the process that is it. */
    private static final class Watch {
        private final Companion companion;
        private BackOff backOff;
        private Instant notBefore;
        private Instant since;
        private @Nullable ProcessHandle process;
        private @Nullable String execution;

        Watch(Companion companion, BackOff backOff, Instant now) {
            this.companion = companion;
            this.backOff = backOff;
            this.notBefore = now;
            this.since = now;
        }

        void watch(ProcessHandle newProcess, @Nullable String newExecution, Instant now) {
            process = newProcess;
            execution = newExecution;
            since = now;
        }

        /** The handle knows when its process started, so a later one of the same id is not taken for it. */
        boolean isAlive() {
            return process != null && process.isAlive();
        }

        long delay(InstantSource clock) {
            return Math.max(
                    1, Math.round(Duration.between(clock.instant(), notBefore).toMillis() / 1000.0));
        }
    }
}
